import { parseHalt } from "#recipes/manifest-parse.ts";
import { type HaltPayload, type RootPayload, tokenTypes, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import type { TokenVerifier } from "./ports.ts";
import { headerOf, shape, signedJson } from "./token.ts";
import { keyNamed } from "./trust.ts";
import { refuse } from "./trust-error.ts";

/** A halt that was verified. */
export interface FoundHalt {
  readonly halt: HaltPayload;
  /** It stops nothing any more. */
  readonly isOver: boolean;
}

/**
 * Verifies a halt under a root: clause 3.
 *
 * @param hn - number of the newest halt that was believed
 * @throws TrustError
 */
export async function verifyHalt(
  token: string,
  root: Verified<RootPayload>,
  hn: number,
  nowSeconds: number,
  tokens: TokenVerifier,
): Promise<FoundHalt> {
  // 3: kid is one of the root's halt keys; signature.
  const key = keyNamed(headerOf(token, tokenTypes.halt).kid, root, root.roles.halt);
  const bytes = await tokens.verifyCompact(token, key, tokenTypes.halt);
  if (bytes === "malformed") return refuse("malformed", "the halt is not a signed token");
  if (bytes === "bad-signature") return refuse("bad-signature", "the halt's signature is wrong");
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse("malformed", "the halt is not UTF-8");
  const halt = shape(() => parseHalt(signedJson(text)));
  if (halt.env !== root.env) refuse("wrong-audience", "the halt is for another environment");
  // Counted from now where it says that it is of later: else it could be dated to last for ever.
  const from = Math.min(halt.iat, nowSeconds + wireLimits.clockSlackSeconds);
  if (halt.exp - from > wireLimits.haltLifeSeconds)
    refuse("manifest-life", "the halt lives longer than a halt may");
  // 3: it never goes back.
  if (halt.hn < hn) refuse("rollback", "the halt is older than one already believed");
  return { halt, isOver: nowSeconds - wireLimits.clockToleranceSeconds > halt.exp };
}
