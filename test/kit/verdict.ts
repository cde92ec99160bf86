import { tokens } from "#extension/platform/tokens.ts";
import { type TrustedState, verifyBundle, verifyRoot } from "#core/trust.ts";
import { TrustError } from "#core/trust-error.ts";
import {
  aKey,
  anAuthority,
  type Authority,
  type BundleSaying,
  type SigningKey,
} from "./authority.ts";

// What a client makes of a set, in one word.

/** What differs around the set from a client that never believed anything. */
export interface Circumstances {
  readonly trusted?: TrustedState;
  readonly atSeconds?: number;
  /** The root's floor of epochs. */
  readonly minEp?: number;
}

export interface Court {
  readonly authority: Authority;
  /** A key that nobody named. */
  readonly stranger: SigningKey;
  readonly now: number;
  verify(input: unknown, circumstances?: Circumstances): ReturnType<typeof verifyBundle>;
  /** How a set that says this is refused, or `believed`. */
  verdict(saying: BundleSaying, circumstances?: Circumstances): Promise<string>;
  verdictOn(input: unknown, circumstances?: Circumstances): Promise<string>;
}

/** The code of a refusal; one that tells a person nothing is no refusal that we make. */
export function codeOf({ code, message }: TrustError): string {
  return /^(?:an?|the|two|what) .+[^.]$/u.test(message) ? code : `${code} without a sentence`;
}

export async function aCourt(): Promise<Court> {
  const authority = await anAuthority();
  const now = authority.nowSeconds;

  async function verify(
    input: unknown,
    { trusted, atSeconds = now, minEp }: Circumstances = {},
  ): ReturnType<typeof verifyBundle> {
    const { root } = await verifyRoot(authority.root, tokens);
    const under = minEp === undefined ? root : { ...root, min_ep: minEp };
    return verifyBundle(input, under, trusted, atSeconds, tokens);
  }

  async function verdictOn(input: unknown, circumstances?: Circumstances): Promise<string> {
    try {
      await verify(input, circumstances);
      return "believed";
    } catch (error) {
      if (error instanceof TrustError) return codeOf(error);
      throw error;
    }
  }

  return {
    authority,
    stranger: await aKey(),
    now,
    verify,
    verdictOn,
    verdict: async (saying, circumstances) =>
      verdictOn((await authority.bundle(saying)).bundle, circumstances),
  };
}
