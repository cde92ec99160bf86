import * as v from "valibot";
import type { Store } from "#core/ports.ts";
import type { PingType } from "#telemetry/pings.ts";
import { utf8Length } from "#telemetry/text.ts";

const indexKey = "archive";
const dayMs = 86_400_000;

/**
 * What is kept of what was sent: days as Firefox keeps them, and as many bytes as every browser has room for
 * (Chromium gives all of an extension 10 MiB). Beyond any of the three the oldest go first.
 */
export const archiveLimits = { pings: 500, bytes: 2 * 1024 * 1024, ageMs: 60 * dayMs } as const;

const entry = v.object({
  id: v.string(),
  type: v.string(),
  /** When it was made and when the server took it, in milliseconds since 1970. */
  createdMs: v.number(),
  sentMs: v.number(),
  /** Of its JSON, in UTF-8. */
  bytes: v.number(),
});

/** One ping that the server took. */
export type ArchiveEntry = v.InferOutput<typeof entry>;

const index = v.object({
  kept: v.array(entry),
  /** Ids whose bodies are to be removed: a kill may come between the index and them. */
  leaving: v.array(v.string()),
});
type Index = v.InferOutput<typeof index>;

/** It names a client that is to be known no more. */
const unkept = "deletion-request" satisfies PingType;

const header = v.object({ id: v.string(), type: v.string(), creationDate: v.string() });

/**
 * What has to be stored once the server has taken a ping, so that the person can read it as it was.
 * Removes what the last such write left over.
 *
 * @param json - the ping, as it was sent
 */
export async function archived(
  json: string,
  store: Store,
  nowMs: number,
): Promise<Readonly<Record<string, unknown>>> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), header), json);
  const bytes = utf8Length(json);
  if (!parsed.success || bytes > archiveLimits.bytes) return {};
  const { id, type, creationDate } = parsed.output;
  if (type === unkept) return {};
  const { kept, leaving } = await readIndex(store);
  await store.remove(leaving.map(bodyKey));
  const createdMs = Date.parse(creationDate);
  const all = [...kept, { id, type, createdMs, sentMs: nowMs, bytes }];
  const left = all.slice(firstKept(all, nowMs));
  const gone = all.slice(0, all.length - left.length).map((one) => one.id);
  return {
    [indexKey]: { kept: left, leaving: gone } satisfies Index,
    [bodyKey(id)]: json,
  };
}

/** What was sent and is kept, newest first. */
export async function readArchive(store: Store, nowMs: number): Promise<readonly ArchiveEntry[]> {
  const { kept } = await readIndex(store);
  return kept.slice(firstKept(kept, nowMs)).reverse();
}

/** The JSON of a ping, as it was sent; `undefined` where it is not kept. */
export async function readArchived(id: string, store: Store): Promise<string | undefined> {
  const body = await store.get(bodyKey(id));
  return typeof body === "string" ? body : undefined;
}

/** Forgets all of it: the ids in it would tell that who is measured from now on is the same client. */
export async function clearArchive(store: Store): Promise<void> {
  const { kept, leaving } = await readIndex(store);
  const gone = [...leaving, ...kept.map(({ id }) => id)];
  if (gone.length === 0) return;
  await store.set({ [indexKey]: { kept: [], leaving: gone } satisfies Index });
  await store.remove(gone.map(bodyKey));
  // Last: after a kill it still says what is to be removed.
  await store.remove([indexKey]);
}

async function readIndex(store: Store): Promise<Index> {
  const parsed = v.safeParse(index, await store.get(indexKey));
  return parsed.success ? parsed.output : { kept: [], leaving: [] };
}

/** Where those begin that are within the limits; they are in the order of sending. */
function firstKept(entries: readonly ArchiveEntry[], nowMs: number): number {
  let bytes = 0;
  for (let place = entries.length - 1; place >= 0; place -= 1) {
    const { bytes: size = 0, sentMs = nowMs } = entries[place] ?? {};
    bytes += size;
    const isOver =
      bytes > archiveLimits.bytes ||
      entries.length - place > archiveLimits.pings ||
      nowMs - sentMs > archiveLimits.ageMs;
    if (isOver) return place + 1;
  }
  return 0;
}

function bodyKey(id: string): string {
  return `archive/${id}`;
}
