import { TrustError } from "#core/trust-error.ts";
import { verifyBody, verifyBundle, verifyRoot } from "#core/trust.ts";
import { ServerError } from "../errors.ts";
import type { StoredPublication, StoredRevision } from "../store/ports.ts";
import { joseTokens } from "./jose-verifying.ts";

/**
 * Runs the client's own verification over what is about to be published, as a browser that pins
 * this root and has seen nothing yet.
 *
 * @throws ServerError `publish/unverifiable`; the set before stays in force
 */
export async function checkAsClient(
  rootText: string,
  publication: StoredPublication,
  live: readonly StoredRevision[],
  nowMs: number,
): Promise<void> {
  try {
    const { root } = await verifyRoot(JSON.parse(rootText) as unknown, joseTokens);
    const { manifest } = await verifyBundle(
      JSON.parse(publication.bundle) as unknown,
      root,
      undefined,
      Math.floor(nowMs / 1_000),
      joseTokens,
    );
    const bodies = new Map(live.map(({ recipeId, body }) => [recipeId, body]));
    for (const entry of manifest.recipes) verifyBody(entry, bodies.get(entry.id) ?? "");
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError(
      "publish/unverifiable",
      `a client would refuse this set (${cause.code}: ${cause.message}); nothing was published`,
      { cause },
    );
  }
}
