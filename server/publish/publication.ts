import { type Bundle, wireLimits } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { RecipeStore, RecipeWriter, StoredPublication } from "../store/ports.ts";
import type { PublicFiles } from "../store/public-files.ts";
import { checkAsClient } from "./check.ts";
import { composeManifest } from "./compose.ts";
import { sha256 } from "./hash.ts";
import { killListOf } from "./kill-list.ts";
import type { Signer } from "./keys.ts";
import { bundleOf, payloadOf, versionOf } from "./stored.ts";

/** What publishing needs of the world. */
export interface Publishing {
  readonly store: RecipeStore;
  readonly files: PublicFiles;
  readonly signer: Signer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether recipes are signed for Normandy's own clients too: then each needs a form that they agree on. */
  readonly isLegacyServed?: () => Promise<boolean>;
}

/** What a manifest says beside the recipes and the kill list of its moment. */
interface Manner {
  /** Features that a client needs to act on it; `undefined`: those of the manifest before. */
  readonly must: readonly string[] | undefined;
  /** A recipe that cannot be published is left out and holds up nothing. */
  readonly leavesOut: boolean;
}

type Change<T> = (
  writer: RecipeWriter,
) => Promise<{ readonly result: T; readonly isChanged: boolean }>;
type Changed<T> = { readonly result: T; readonly ep: number; readonly n: number };

/**
 * Changes the store and publishes the new set of live recipes, as one step: when the change is
 * refused, or what came out of it would not be believed by a client, nothing has happened.
 *
 * @param change - tells whether the set is another one than before; if not, nothing is signed
 * @param must - features that a client needs to act on this manifest
 */
export function publishChange<T>(
  publishing: Publishing,
  must: readonly string[],
  change: Change<T>,
): Promise<Changed<T>> {
  return publish(publishing, { must, leavesOut: false }, change);
}

/**
 * As {@link publishChange}, for what only stops things: a recipe that could not be published by itself
 * (its body is damaged, or the keycert does not cover it any more) does not hold up the stop.
 */
export function publishStop<T>(publishing: Publishing, change: Change<T>): Promise<Changed<T>> {
  return publish(publishing, { must: undefined, leavesOut: true }, change);
}

async function publish<T>(
  publishing: Publishing,
  manner: Manner,
  change: Change<T>,
): Promise<Changed<T>> {
  const { store } = publishing;
  const outcome = await store.transaction(async (writer) => {
    const { result, isChanged } = await change(writer);
    const latest = await writer.latestPublication();
    const current =
      latest === undefined || isChanged ? await addPublication(publishing, writer, manner) : latest;
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
    await addPublication(publishing, writer, { must: undefined, leavesOut: false });
    return true;
  });
  await writeOut(publishing);
  return hasSigned;
}

/**
 * Makes the public files those of the newest publication: roots and bodies first, the bundle last, so
 * that whoever reads at any moment finds a complete set. It holds the store's lock meanwhile: of two
 * writers, the one with the older bundle must not come last.
 */
export async function writeOut({ store, files, signer }: Publishing): Promise<void> {
  await store.transaction(async (writer) => {
    await writeRoots(files, signer.roots);
    const latest = await writer.latestPublication();
    if (latest === undefined) return;
    for (const { sha256: name } of payloadOf(latest).recipes) {
      const present = await files.body(name);
      if (present !== undefined && sha256(present) === name) continue;
      const body = await writer.body(name);
      if (body === undefined)
        throw new ServerError("data/damaged", `the store has lost the body ${name}`);
      await files.writeBody(name, body);
    }
    if ((await files.bundle()) !== latest.bundle) await files.writeBundle(latest.bundle);
  });
}

/** All of them stay for ever: a browser that pins the first walks to the last one by one. */
async function writeRoots(files: PublicFiles, roots: readonly string[]): Promise<void> {
  for (const [index, text] of roots.entries())
    if ((await files.root(index + 1)) !== text) await files.writeRoot(index + 1, text);
}

async function addPublication(
  { signer, files, now }: Publishing,
  writer: RecipeWriter,
  { must, leavesOut }: Manner,
): Promise<StoredPublication> {
  const nowMs = now();
  const latest = await writer.latestPublication();
  await refuseRestoredEpoch(writer, signer.claims.ep);
  refuseOlderThanServed(latest, await files.bundle(), signer.claims.ep);
  const live = await writer.liveRevisions();
  const wanted = must ?? (latest === undefined ? [] : payloadOf(latest).must);
  const payload = composeManifest({
    claims: signer.claims,
    live,
    leavesOut,
    latest,
    must: (await hasEnded(writer, nowMs)) ? [...new Set([...wanted, "mass-ok"])] : wanted,
    kill: killListOf(await writer.kills()),
    nowMs,
  });
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
  await checkAsClient(signer.roots, publication, live, nowMs);
  await writer.addPublication(publication);
  return publication;
}

/** How long a browser may be off and still learn that what is missing was meant to go, in milliseconds. */
const recallMs = 30 * 86_400_000;

/**
 * Whether somebody took a recipe away from clients lately. A browser that was off at that moment would
 * take what is missing from a later set for an accident, and hold on to its studies.
 */
async function hasEnded(writer: RecipeWriter, nowMs: number): Promise<boolean> {
  const recipes = await writer.recipes();
  return recipes.some(({ endedMs }) => endedMs !== null && nowMs - endedMs < recallMs);
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
  epoch: number,
): void {
  const version = served === undefined ? undefined : versionOf(served);
  // A new epoch counts from 1, whatever came before it.
  if (version === undefined || epoch > version.ep) return;
  const { ep, n } = latest ?? { ep: 0, n: 0 };
  if (version.ep < ep || (version.ep === ep && version.n <= n)) return;
  throw new ServerError(
    "data/damaged",
    `the public folder holds manifest ${String(version.ep)}.${String(version.n)}, later than any in the store: bring the store back, or begin with an empty data folder`,
  );
}

/**
 * A store that was brought back from a backup does not know how far its epoch had come.
 *
 * @throws ServerError `data/restored`
 */
async function refuseRestoredEpoch(writer: RecipeWriter, epoch: number): Promise<void> {
  const restored = await writer.latestAudit("store.restored");
  if (restored === undefined || epoch > Number(restored.subject)) return;
  throw new ServerError(
    "data/restored",
    `this store was brought back from a backup, and browsers may have seen later manifests of epoch ${String(epoch)}: begin the next one with "mulberry keys rotate --epoch"`,
  );
}
