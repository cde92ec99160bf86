/** Why a ping was refused. Codes are stable: a development server answers with them, counters carry them. */
export type PingErrorCode =
  | "ping/malformed"
  | "ping/missing"
  | "ping/wrong-type"
  | "ping/out-of-range"
  | "ping/too-large"
  | "ping/unknown-field"
  | "ping/unknown-type"
  | "ping/unknown-event";

/**
 * Thrown where a value from outside is turned into a ping or an event. Neither message nor pointer
 * holds anything of a value: what was wrongly sent must not live on in a log.
 */
export class PingError extends Error {
  override readonly name = "PingError";
  readonly code: PingErrorCode;
  /** JSON Pointer (RFC 6901) to the offending place, for example `/payload/events/parent/0/3`; `""` is the whole. */
  readonly at: string;

  constructor(code: PingErrorCode, message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.code = code;
    this.at = path
      .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
      .join("");
  }
}
