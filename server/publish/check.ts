import { isOfTime, TrustError } from "#core/trust-error.ts";
import { type TrustedState, verifyBody, verifyBundle, verifyRoot } from "#core/trust.ts";
import type { ManifestPayload, RootPayload } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { ServerError } from "../errors.ts";
import type { StoredPublication, StoredRevision } from "../store/ports.ts";
import { joseTokens } from "./jose-verifying.ts";
import { minClient, type Signer } from "./keys.ts";
import { killListOf } from "./kill-list.ts";
import { verifySigned } from "./served-set.ts";
import { parseManifestOf } from "./stored.ts";

// The client's own verification, run by the server over what it is about to sign or to hand out.

/** What a set that verified leaves behind. */
export interface Verdict {
  readonly state: TrustedState;
  /** Genuine and over, or not begun: browsers take nothing new from it, and lose nothing by it. */
  readonly isUntimely: boolean;
}

/**
 * Runs the client's own verification over what is about to be published, as a browser that pins the
 * first root and has seen nothing yet.
 *
 * @param roots - oldest first
 * @throws ServerError `publish/unverifiable`; the set before stays in force
 */
export async function checkAsClient(
  roots: readonly string[],
  publication: StoredPublication,
  live: readonly StoredRevision[],
  nowMs: number,
): Promise<void> {
  await coded("nothing was published", async () => {
    const { manifest } = await verifyBundle(
      JSON.parse(publication.bundle) as unknown,
      await walk(roots),
      undefined,
      Math.floor(nowMs / 1_000),
      joseTokens,
    );
    const bodies = new Map(live.map(({ recipeId, body }) => [recipeId, body]));
    for (const entry of manifest.recipes) verifyBody(entry, bodies.get(entry.id) ?? "");
  });
}

/**
 * Shows that a client would believe what these keys sign: it verifies an empty manifest, which goes
 * nowhere and is over as soon as it is made.
 *
 * @throws ServerError `keys/not-accepted`, `keys/command-failed`
 */
export async function proveSigner(signer: Signer, nowMs: number): Promise<void> {
  const iat = Math.floor(nowMs / 1_000);
  const { roots, keycert } = signer;
  const { env, ep } = signer.claims;
  const manifest: ManifestPayload = {
    ...{ v: 1, env, ep, n: 0, iat, nbf: iat, exp: iat, prev: "", must: [], recipes: [] },
    kill: killListOf([]),
    min_client: minClient,
    poll: 1,
  };
  const bundle = { keycert, manifest: await signer.sign(JSON.stringify(manifest)) };
  try {
    await verifyBundle(bundle, await walk(roots), undefined, iat, joseTokens);
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError(
      "keys/not-accepted",
      `a client would refuse what these keys sign (${cause.code}: ${cause.message}); nothing was changed`,
      { cause },
    );
  }
}

/**
 * Runs it over everything that is about to be handed out, as a browser that believed the set before:
 * now, and where time alone speaks against it, at the moment when it was signed.
 *
 * @param read - the bytes under a path, as they would be handed out
 * @param trusted - what the set before left behind
 * @throws ServerError `publish/unverifiable`
 */
export async function checkServed(
  read: (path: string) => Promise<Uint8Array | undefined>,
  bundle: string,
  trusted: TrustedState | undefined,
  nowMs: number,
): Promise<Verdict> {
  const at = async (nowSeconds: number): Promise<TrustedState> =>
    (await verifySigned(read, new TextEncoder().encode(bundle), { nowSeconds, trusted })).state;
  return coded("it is not handed out", async () => {
    try {
      return { state: await at(Math.floor(nowMs / 1_000)), isUntimely: false };
    } catch (error) {
      if (!(error instanceof TrustError) || !isOfTime(error.code)) throw error;
      return { state: await at(parseManifestOf(bundle).iat), isUntimely: true };
    }
  });
}

/** From the first root to the last, each signed by the thresholds of two. */
async function walk(roots: readonly string[]): Promise<Verified<RootPayload>> {
  let root: Verified<RootPayload> | undefined;
  for (const text of roots)
    ({ root } = await verifyRoot(JSON.parse(text) as unknown, joseTokens, root));
  if (root === undefined) throw new TrustError("malformed", "there is no root");
  return root;
}

async function coded<T>(consequence: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError(
      "publish/unverifiable",
      `a client would refuse this set (${cause.code}: ${cause.message}); ${consequence}`,
      { cause },
    );
  }
}
