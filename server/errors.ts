import { escapeControls } from "./escape-controls.ts";

/** Why the server or a command refused. Codes are stable: commands print them, HTTP answers carry them, tests match them. */
export type ServerErrorCode =
  | "access/not-allowed"
  | "access/other-site"
  | "access/provider-failed"
  | "access/session-over"
  | "access/token-missing"
  | "access/token-refused"
  | "access/too-many-attempts"
  | "apply/not-confirmed"
  | "approval/comment-missing"
  | "approval/decided"
  | "approval/not-found"
  | "approval/other-content"
  | "approval/outdated"
  | "approval/own-work"
  | "approval/pending"
  | "approval/required"
  | "archive/bad-query"
  | "archive/damaged"
  | "archive/no-such-client"
  | "archive/locked"
  | "config/invalid"
  | "data/damaged"
  | "data/disk-full"
  | "data/exists"
  | "data/none"
  | "data/not-writable"
  | "data/restored"
  | "data/unreachable"
  | "export/newer-set"
  | "export/not-writable"
  | "export/other-root"
  | "export/unverifiable"
  | "extension/deny-malformed"
  | "extension/malformed"
  | "extension/no-id"
  | "extension/no-version"
  | "extension/not-found"
  | "extension/not-a-zip"
  | "extension/out-in-use"
  | "extension/out-not-writable"
  | "extension/own-id"
  | "extension/too-large"
  | "halt/not-newer"
  | "halt/unverifiable"
  | "http/bad-request"
  | "http/expectation-failed"
  | "http/forbidden"
  | "http/headers-too-large"
  | "http/internal"
  | "http/method-not-allowed"
  | "http/not-found"
  | "http/too-large"
  | "http/uri-too-long"
  | "keys/busy"
  | "keys/command-failed"
  | "keys/exhausted"
  | "keys/exist"
  | "keys/expired"
  | "keys/malformed"
  | "keys/missing"
  | "keys/not-accepted"
  | "keys/not-allowed"
  | "keys/not-yet-valid"
  | "keys/orphaned"
  | "keys/unknown-key"
  | "keys/unsafe-mode"
  | "keys/wrong-environment"
  | "legacy/no-agreed-form"
  | "legacy/not-served"
  | "live/duplicate-id"
  | "live/malformed"
  | "people/exists"
  | "people/malformed-name"
  | "people/not-found"
  | "publish/too-large"
  | "publish/unverifiable"
  | "recipe/action-changed"
  | "recipe/duplicate-slug"
  | "recipe/too-large"
  | "recipe/live-already"
  | "recipe/not-found"
  | "recipe/not-live"
  | "server/bad-address"
  | "server/bad-answer"
  | "server/port-in-use"
  | "server/unreachable"
  | "token/no-scope"
  | "token/not-found"
  | "token/too-long";

/** A refusal of the server's own: one code, one sentence, and where in the input it lies. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  /** JSON Pointer to the offending place of the input; `""` where there is none. */
  readonly at: string;

  constructor(
    code: ServerErrorCode,
    message: string,
    options: { readonly at?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.at = options.at ?? "";
  }
}

/** One thing found wrong in one file that somebody wants to publish. */
export interface Finding {
  readonly code: string;
  readonly file: string;
  /** JSON Pointer; `""` is the whole file. */
  readonly at: string;
  readonly message: string;
}

/** Thrown when files are refused; every finding in all of them, not only the first. */
export class RefusedFiles extends Error {
  override readonly name = "RefusedFiles";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(describeFinding).join("\n"));
    this.findings = findings;
  }
}

/** A finding as one line: `code: file#/pointer message`, or `code: file: message` about a whole file. */
export function describeFinding({ code, file, at, message }: Finding): string {
  const place = at === "" ? `${file}:` : `${file}#${at}`;
  return oneLine(`${code}: ${place} ${message}`);
}

/**
 * An error as the lines that a person reads. A refusal is one line, `code: message`; a failure that
 * nobody foresaw keeps its stack, which whoever mends it needs.
 */
export function describeError(error: unknown): readonly string[] {
  if (error instanceof RefusedFiles) return error.findings.map(describeFinding);
  if (isCoded(error)) return [oneLine(`${error.code}: ${error.message}`)];
  const code = storageCode(error);
  if (code !== undefined) return [oneLine(`${code}: ${String(error)}`)];
  return [`mulberry/failed: ${error instanceof Error ? (error.stack ?? "") : String(error)}`];
}

/** A text on one line, which cannot steer the terminal that shows it. */
export function oneLine(text: string): string {
  return escapeControls(text.replaceAll(/\s*[\r\n]+\s*/gu, " "));
}

/** Whether an error carries a stable code, whoever defined it. */
export function isCoded(
  error: unknown,
): error is Error & { readonly code: string; readonly at?: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.includes("/")
  );
}

/** Whether the operating system refused with this code, for example `ENOENT`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    codes.includes(error.code)
  );
}

/**
 * What stands behind a refusal of the system or of SQLite that anybody may meet: a disk that is full,
 * a folder that takes nothing, a database whose pages are not what they were.
 */
export function storageCode(
  error: unknown,
): "data/disk-full" | "data/not-writable" | "data/damaged" | undefined {
  if (isSystemError(error, "ENOSPC", "EDQUOT")) return "data/disk-full";
  if (isSystemError(error, "EACCES", "EPERM", "EROFS")) return "data/not-writable";
  if (isSystemError(error, "EISDIR", "ENOTDIR")) return "data/damaged";
  // PostgreSQL's own: disk_full, read_only_sql_transaction.
  if (isSystemError(error, "53100")) return "data/disk-full";
  if (isSystemError(error, "25006")) return "data/not-writable";
  if (!(error instanceof Error && "errcode" in error && typeof error.errcode === "number"))
    return undefined;
  // SQLITE_IOERR_SHMSIZE: no room even for the index of the write-ahead log.
  if (error.errcode === 4874) return "data/disk-full";
  // SQLite's extended codes hold the plain one in their lowest byte.
  switch (error.errcode & 0xff) {
    case 13: // SQLITE_FULL
      return "data/disk-full";
    case 8: // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
      return "data/not-writable";
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return "data/damaged";
    default:
      return undefined;
  }
}
