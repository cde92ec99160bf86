import { type ManifestEntry, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import type { Network, Ports, Store } from "./ports.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { type BodyText, verifyBody } from "./trust.ts";
import { TrustError } from "./trust-error.ts";

const storeKey = "bodies";
/** Bodies asked for at once: what a browser opens to one host anyway. */
const lanes = 6;
/** A server may answer each of two thousand as late as it may: after this, the rest is for the next run. */
const togetherMs = 120_000;

/** A body that can be believed, or why there is none. */
export type BodyOutcome =
  | { readonly kind: "body"; readonly body: Verified<BodyText> }
  | { readonly kind: "missing"; readonly reason: string }
  | { readonly kind: "mismatch"; readonly reason: string };

/**
 * Every body of a manifest: from the store where it is there already, else from the server. Each is
 * judged alone: one that is missing or wrong says nothing about the others.
 */
export async function fetchBodies(
  entries: readonly ManifestEntry[],
  serverUrl: string,
  ports: Pick<Ports, "store" | "network" | "log">,
  watch: Stopwatch,
): Promise<ReadonlyMap<number, BodyOutcome>> {
  const cache = await readCache(ports.store);
  const outcomes = new Map<number, BodyOutcome>();
  const wanted: ManifestEntry[] = [];
  // Timed as a whole: a browser's clock is coarser than one hash, and to look at it is not free.
  watch.time(() => {
    for (const entry of entries) {
      const text = cache.get(entry.sha256);
      const outcome = text === undefined ? undefined : held(entry, text);
      // A stored copy that no longer matches is damage, not an attack: fetch it again.
      if (outcome?.kind === "body") outcomes.set(entry.id, outcome);
      else wanted.push(entry);
    }
  });
  const queue = wanted.values();
  await Promise.all(
    Array.from({ length: Math.min(lanes, wanted.length) }, async () => {
      for (const entry of queue)
        outcomes.set(
          entry.id,
          watch.age < togetherMs
            ? await fetchBody(entry, serverUrl, ports.network, watch)
            : { kind: "missing", reason: "timeout" },
        );
    }),
  );
  await writeCache(entries, outcomes, cache, ports);
  return outcomes;
}

async function fetchBody(
  entry: ManifestEntry,
  serverUrl: string,
  network: Network,
  watch: Stopwatch,
): Promise<BodyOutcome> {
  const answer = await network.get(`${serverUrl}/v2/r/${entry.sha256}`, {
    maxBytes: Math.min(entry.len, wireLimits.bodyBytes),
  });
  // More bytes than were signed are other bytes.
  if (answer.kind === "too-large") return { kind: "mismatch", reason: "length" };
  if (answer.kind !== "answer") return { kind: "missing", reason: answer.kind };
  if (answer.status !== 200) return { kind: "missing", reason: `status-${String(answer.status)}` };
  if (answer.bytes.byteLength !== entry.len) return { kind: "mismatch", reason: "length" };
  const text = decodeUtf8(answer.bytes);
  return text === undefined
    ? { kind: "mismatch", reason: "utf-8" }
    : watch.time(() => held(entry, text));
}

function held(entry: ManifestEntry, text: string): BodyOutcome {
  try {
    return { kind: "body", body: verifyBody(entry, text) };
  } catch (error) {
    if (error instanceof TrustError) return { kind: "mismatch", reason: error.code };
    throw error;
  }
}

async function readCache(store: Store): Promise<ReadonlyMap<string, string>> {
  const stored = await store.get(storeKey);
  const entries = typeof stored === "object" && stored !== null ? Object.entries(stored) : [];
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * Keeps what this manifest names and nothing else, and writes only when that differs. A browser may grant less
 * room than the wire does: what does not fit is fetched again by the next run, and this one goes on.
 */
async function writeCache(
  entries: readonly ManifestEntry[],
  outcomes: ReadonlyMap<number, BodyOutcome>,
  before: ReadonlyMap<string, string>,
  { store, log }: Pick<Ports, "store" | "log">,
): Promise<void> {
  const after: Record<string, string> = {};
  for (const { id, sha256 } of entries) {
    const outcome = outcomes.get(id);
    if (outcome?.kind === "body") after[sha256] = outcome.body.text;
  }
  const names = Object.keys(after);
  const unchanged =
    names.length === before.size && names.every((name) => before.get(name) === after[name]);
  if (unchanged) return;
  try {
    await store.set({ [storeKey]: after });
  } catch (error) {
    log.write("warn", "the bodies could not be kept", { cause: String(error) });
  }
}
