import { verifyBody } from "#core/trust.ts";
import { TrustError } from "#core/trust-error.ts";
import { canonicalAction } from "#recipes/aliases.ts";
import {
  type KeycertClaims,
  type KillList,
  type ManifestEntry,
  type ManifestPayload,
  wireLimits,
} from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { StoredPublication, StoredRevision } from "../store/ports.ts";
import { manifestLifeSeconds, minClient } from "./keys.ts";

/** How often a client is to ask, in seconds. */
const pollSeconds = 21_600;

/** What a manifest is made of. */
export interface Composition {
  readonly claims: KeycertClaims;
  readonly live: readonly StoredRevision[];
  /** Whether a recipe that cannot be published is left out, instead of refusing all of it. */
  readonly leavesOut: boolean;
  readonly latest: StoredPublication | undefined;
  readonly must: readonly string[];
  readonly kill: KillList;
  readonly nowMs: number;
}

/**
 * The next manifest.
 *
 * @throws ServerError `keys/expired`, `keys/not-yet-valid`, `keys/exhausted`, `keys/not-allowed`,
 *   `publish/too-large`
 */
export function composeManifest(composition: Composition): ManifestPayload {
  const { claims, live, leavesOut, latest, must, kill, nowMs } = composition;
  const iat = Math.floor(nowMs / 1_000);
  const n = latest?.ep === claims.ep ? latest.n + 1 : 1;
  refuseWhatKeysForbid(claims, latest, n, iat);
  const stranger = live.find(({ action }) => !isCovered(claims, action));
  if (stranger !== undefined && !leavesOut)
    throw new ServerError(
      "keys/not-allowed",
      `the keycert does not cover the action ${stranger.action} of recipe ${String(stranger.recipeId)}`,
    );
  const shown = leavesOut ? live.filter((revision) => isPublishable(claims, revision)) : live;
  const recipes = shown.map(toEntry);
  const total = recipes.reduce((sum, { len }) => sum + len, 0);
  if (recipes.length > wireLimits.recipes || total > wireLimits.bodiesBytes)
    throw new ServerError(
      "publish/too-large",
      `${String(recipes.length)} live recipes of ${String(total)} bytes; at most ${String(wireLimits.recipes)} of ${String(wireLimits.bodiesBytes)} fit into one set`,
    );
  return {
    v: 1,
    env: claims.env,
    ep: claims.ep,
    n,
    iat,
    nbf: iat - wireLimits.clockSlackSeconds,
    exp: iat + manifestLifeSeconds,
    prev: latest?.digest ?? "",
    must,
    recipes,
    kill,
    min_client: minClient,
    poll: pollSeconds,
  };
}

function refuseWhatKeysForbid(
  claims: KeycertClaims,
  latest: StoredPublication | undefined,
  n: number,
  nowSeconds: number,
): void {
  if (nowSeconds >= claims.exp)
    throw new ServerError("keys/expired", "the keycert is over: no client would believe it");
  if (nowSeconds < claims.nbf)
    throw new ServerError(
      "keys/not-yet-valid",
      `the keycert begins at ${new Date(claims.nbf * 1_000).toISOString()}: is this machine's clock behind?`,
    );
  if (latest !== undefined && latest.ep > claims.ep)
    throw new ServerError("keys/expired", "the keycert is of an epoch that is over");
  if (n > claims.nmax)
    throw new ServerError("keys/exhausted", "the keycert covers no more manifests");
}

function isPublishable(claims: KeycertClaims, revision: StoredRevision): boolean {
  if (!isCovered(claims, revision.action)) return false;
  try {
    verifyBody(toEntry(revision), revision.body);
    return true;
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
}

function isCovered({ acts }: KeycertClaims, action: string): boolean {
  return acts.includes("*") || acts.includes(actOf(action));
}

/** A revision as a manifest lists it. */
export function toEntry(revision: StoredRevision): ManifestEntry {
  return {
    id: revision.recipeId,
    slug: revision.slug,
    rev: revision.revisionId,
    act: actOf(revision.action),
    sha256: revision.sha256,
    len: Buffer.byteLength(revision.body),
    mod: Math.floor(revision.createdMs / 1_000),
  };
}

function actOf(action: string): string {
  return canonicalAction(action) ?? action;
}
