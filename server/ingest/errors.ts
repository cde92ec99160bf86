/** What ingestion itself can run into. Codes are stable: they are logged and matched in tests. */
export type IngestErrorCode =
  | "ingest/locked"
  | "ingest/closed"
  | "ingest/backroom-ended"
  | "ingest/disk-full"
  | "ingest/bad-filter"
  | "ingest/unbalanced";

/** Thrown where the store, not a ping, is at fault; a ping's own faults are {@link PingFault}s. */
export class IngestError extends Error {
  override readonly name = "IngestError";
  readonly code: IngestErrorCode;

  constructor(code: IngestErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** Why a ping was not accepted. It names the place but never holds what the body said there. */
export interface PingFault {
  /** For example `ping/too-large`. */
  readonly code: string;
  /** JSON Pointer into the decoded ping; `""` is the whole. */
  readonly at: string;
  readonly message: string;
}

/** Something that whoever runs the server should see in a log; nothing in it comes from a body. */
export interface IngestProblem {
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}
export type Report = (problem: IngestProblem) => void;

/** The system's code of an error, for example `ENOSPC`, or `undefined`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
