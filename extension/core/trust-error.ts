import type { KillList } from "#recipes/manifest.ts";

/** Why something was not believed; also the `reason` of the runner's uptake status. */
export type TrustCode =
  | "malformed"
  | "bad-signature"
  | "wrong-type"
  | "unknown-key"
  | "wrong-audience"
  | "keycert-life"
  | "keycert-expired"
  | "key-mismatch"
  | "epoch"
  | "fast-forward"
  | "manifest-life"
  | "manifest-expired"
  | "clock"
  | "rollback"
  | "equivocation"
  | "scope"
  | "unknown-feature"
  | "client-version"
  | "too-few-signatures"
  | "root-version"
  | "root-expired"
  | "body-mismatch";

/** Thrown when bytes are not what a signature covers, or a signature not what the root allows. */
export class TrustError extends Error {
  override readonly name = "TrustError";
  readonly code: TrustCode;

  constructor(code: TrustCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Genuine, but not for now or not for this client: nothing of it is taken over, and what it stops is stopped. */
export class UntimelyError extends TrustError {
  readonly kill: KillList;

  constructor(code: TrustCode, message: string, kill: KillList) {
    super(code, message);
    this.kill = kill;
  }
}

const codesOfTime: ReadonlySet<TrustCode> = new Set([
  "keycert-expired",
  "root-expired",
  "manifest-expired",
  "clock",
]);

/** Whether another moment could have made it good. */
export function isOfTime(code: TrustCode): boolean {
  return codesOfTime.has(code);
}

/** Refuses in the middle of an expression. */
export function refuse(code: TrustCode, message: string): never {
  throw new TrustError(code, message);
}
