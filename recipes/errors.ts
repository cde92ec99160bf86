/**
 * Why bytes or a value from outside were refused. Codes are stable: they are printed by commands,
 * sent as `reason` in uptake events and matched in tests.
 */
export type RecipeErrorCode =
  | "recipe/malformed"
  | "recipe/missing"
  | "recipe/wrong-type"
  | "recipe/out-of-range"
  | "recipe/unknown-action"
  | "recipe/duplicate-slug"
  | "recipe/too-large"
  | "recipe/denied-preference"
  | "manifest/malformed"
  | "root/malformed"
  | "keycert/malformed"
  | "halt/malformed"
  | "filter/syntax"
  | "filter/too-large"
  | "filter/too-deep"
  | "filter/forbidden"
  | "filter/unknown-transform"
  | "filter/too-costly"
  | "filter/evaluation"
  | "filter/timeout";

/** Thrown wherever something from outside is turned into a type of `recipes/`. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
  readonly code: RecipeErrorCode;
  /** JSON Pointer (RFC 6901) to the offending place, for example `/arguments/branches/0/ratio`; `""` is the whole. */
  readonly at: string;

  constructor(
    code: RecipeErrorCode,
    message: string,
    options: { readonly at?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.at = options.at ?? "";
  }
}
