import { canonicalAction } from "#recipes/aliases.ts";
import {
  type Bundle,
  type ManifestEntry,
  type ManifestPayload,
  wireLimits,
} from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type {
  RecipeStore,
  RecipeWriter,
  StoredPublication,
  StoredRevision,
} from "../store/ports.ts";
import type { PublicFiles } from "../store/public-files.ts";
import { checkAsClient } from "./check.ts";
import { sha256 } from "./hash.ts";
import { clockSlackSeconds, manifestLifeSeconds, minClient, type Signer } from "./keys.ts";
import { bundleOf, payloadOf, versionOf } from "./stored.ts";

/** What publishing needs of the world. */
export interface Publishing {
  readonly store: RecipeStore;
  readonly files: PublicFiles;
  readonly signer: Signer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How often a client is to ask, in seconds. */
const pollSeconds = 21_600;

/**
 * Changes the store and publishes the new set of live recipes, as one step: when the change is
 * refused, or what came out of it would not be believed by a client, nothing has happened.
 *
 * @param change - tells whether the set is another one than before; if not, nothing is signed
 * @param must - features that a client needs to act on this manifest
 */
export async function publishChange<T>(
  publishing: Publishing,
  must: readonly string[],
  change: (writer: RecipeWriter) => Promise<{ readonly result: T; readonly isChanged: boolean }>,
): Promise<{ readonly result: T; readonly ep: number; readonly n: number }> {
  const { store } = publishing;
  const outcome = await store.transaction(async (writer) => {
    const { result, isChanged } = await change(writer);
    const latest = await writer.latestPublication();
    const current =
      latest === undefined || isChanged ? await addPublication(publishing, writer, must) : latest;
    return { result, ep: current.ep, n: current.n };
  });
  await writeOut(publishing);
  return outcome;
}

/**
 * Signs the present set anew when nothing was published yet, when the manifest is older than
 * `maxAgeMs`, or when another keycert vouches for the key; then makes the files agree with the store.
 *
 * @returns whether it signed
 */
export async function refreshPublication(
  publishing: Publishing,
  maxAgeMs: number,
): Promise<boolean> {
  const hasSigned = await publishing.store.transaction(async (writer) => {
    const latest = await writer.latestPublication();
    const isFresh =
      latest !== undefined &&
      Math.abs(publishing.now() - latest.createdMs) < maxAgeMs &&
      bundleOf(latest).keycert === publishing.signer.keycert;
    if (isFresh) return false;
    const must = latest === undefined ? [] : payloadOf(latest).must;
    await addPublication(publishing, writer, must);
    return true;
  });
  await writeOut(publishing);
  return hasSigned;
}

/**
 * Makes the public files those of the newest publication: bodies first, the bundle last, so that
 * whoever reads at any moment finds a complete set. It holds the store's lock meanwhile: of two
 * writers, the one with the older bundle must not come last.
 */
export async function writeOut({ store, files, signer }: Publishing): Promise<void> {
  await store.transaction(async (writer) => {
    const latest = await writer.latestPublication();
    if (latest === undefined || (await files.bundle()) === latest.bundle) return;
    for (const { sha256: name } of payloadOf(latest).recipes) {
      if (await files.hasBody(name)) continue;
      const body = await writer.body(name);
      if (body === undefined)
        throw new ServerError("data/damaged", `the store has lost the body ${name}`);
      await files.writeBody(name, body);
    }
    await files.writeRoot(signer.rootPayload.version, signer.root);
    await files.writeBundle(latest.bundle);
  });
}

async function addPublication(
  { signer, files, now }: Publishing,
  writer: RecipeWriter,
  must: readonly string[],
): Promise<StoredPublication> {
  const nowMs = now();
  const latest = await writer.latestPublication();
  refuseOlderThanServed(latest, await files.bundle());
  const live = await writer.liveRevisions();
  const payload = composeManifest(signer, live, latest, must, nowMs);
  const text = JSON.stringify(payload);
  const bundle: Bundle = { keycert: signer.keycert, manifest: await signer.sign(text) };
  const publication: StoredPublication = {
    ep: payload.ep,
    n: payload.n,
    digest: sha256(text),
    payload: text,
    bundle: JSON.stringify(bundle),
    createdMs: nowMs,
  };
  if (Buffer.byteLength(publication.bundle) > wireLimits.bundleBytes)
    throw new ServerError("publish/too-large", "the bundle is larger than a client accepts");
  await checkAsClient(signer.root, publication, live, nowMs);
  await writer.addPublication(publication);
  return publication;
}

/**
 * A store that was lost or replaced would count from 1 again, and every client that has seen a later
 * manifest would refuse all that follows.
 *
 * @throws ServerError `data/damaged`
 */
function refuseOlderThanServed(
  latest: StoredPublication | undefined,
  served: string | undefined,
): void {
  const version = served === undefined ? undefined : versionOf(served);
  if (version === undefined) return;
  const { ep, n } = latest ?? { ep: 0, n: 0 };
  if (version.ep < ep || (version.ep === ep && version.n <= n)) return;
  throw new ServerError(
    "data/damaged",
    `the public folder holds manifest ${String(version.ep)}.${String(version.n)}, later than any in the store: bring the store back, or begin with an empty data folder`,
  );
}

function composeManifest(
  { claims }: Signer,
  live: readonly StoredRevision[],
  latest: StoredPublication | undefined,
  must: readonly string[],
  nowMs: number,
): ManifestPayload {
  const iat = Math.floor(nowMs / 1_000);
  const isSameEpoch = latest?.ep === claims.ep;
  const n = isSameEpoch ? latest.n + 1 : 1;
  refuseWhatKeysForbid(claims, live, latest, n, iat);
  const recipes = live.map(toEntry);
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
    nbf: iat - clockSlackSeconds,
    exp: iat + manifestLifeSeconds,
    prev: latest?.digest ?? "",
    must,
    recipes,
    kill: { all: false, ids: [], slugs: [], prefs: [], addons: [] },
    min_client: minClient,
    poll: pollSeconds,
  };
}

function refuseWhatKeysForbid(
  claims: Signer["claims"],
  live: readonly StoredRevision[],
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
  const acts = new Set(claims.acts);
  const stranger = live.find(({ action }) => !acts.has("*") && !acts.has(actOf(action)));
  if (stranger !== undefined)
    throw new ServerError(
      "keys/not-allowed",
      `the keycert does not cover the action ${stranger.action} of recipe ${String(stranger.recipeId)}`,
    );
}

function toEntry(revision: StoredRevision): ManifestEntry {
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
