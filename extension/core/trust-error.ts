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

/** Refuses in the middle of an expression. */
export function refuse(code: TrustCode, message: string): never {
  throw new TrustError(code, message);
}
