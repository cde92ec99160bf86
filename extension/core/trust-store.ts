import * as v from "valibot";
import { digest } from "./digest.ts";
import { type Floor, floorEntries, higher, readFloor, writeFloor } from "./floor.ts";
import type { Mirror, Ports, Store } from "./ports.ts";

const storeKey = "trust";
/** The same once more: a damaged record is made good from it. */
const copyKey = "trust_copy";

const entries = {
  v: v.literal(1),
  /** The newest root that was believed, as it was served. */
  root: v.unknown(),
  ...floorEntries,
  /** When the manifest is over, in seconds since 1970. */
  exp: v.number(),
  bundle: v.object({ keycert: v.string(), manifest: v.string() }),
  etag: v.nullable(v.string()),
  /** The newest halt, as it was served. */
  halt: v.nullable(v.string()),
};
const record = v.object(entries);
const stored = v.object({ ...entries, sum: v.string() });

/** What is believed, between runs. Everything in it is verified anew before it is used. */
export type TrustRecord = v.InferOutput<typeof record>;

export interface KeptTrust {
  /** `undefined` for a browser that has believed nothing yet, or has lost what it believed. */
  readonly record: TrustRecord | undefined;
  /** From the record and from outside the storage. */
  readonly floor: Floor | undefined;
  readonly wasDamaged: boolean;
}

/** What is left of what was believed, in the storage and beside it. */
export async function readTrust(store: Store, mirror: Mirror): Promise<KeptTrust> {
  const [first, copy] = [read(await store.get(storeKey)), read(await store.get(copyKey))];
  const kept = typeof first === "object" ? first : typeof copy === "object" ? copy : undefined;
  return {
    record: kept,
    floor: higher(kept, await readFloor(mirror)),
    wasDamaged: first === "damaged" || copy === "damaged",
  };
}

/** One atomic swap: the old set is believed until this resolves, the new one afterwards. */
export async function writeTrust(
  trust: TrustRecord,
  ports: Pick<Ports, "store" | "mirror" | "log">,
): Promise<void> {
  const summed = { ...trust, sum: sumOf(trust) };
  await ports.store.set({ [storeKey]: summed, [copyKey]: summed });
  await writeFloor(trust, ports);
}

function read(value: unknown): TrustRecord | "damaged" | undefined {
  if (value === undefined) return undefined;
  const parsed = v.safeParse(stored, value);
  if (!parsed.success) return "damaged";
  const { sum, ...rest } = parsed.output;
  return sum === sumOf(rest) ? rest : "damaged";
}

/** Over the members in the order of the table, whatever order a store gives them back in. */
function sumOf(trust: TrustRecord): string {
  return digest(JSON.stringify(v.parse(record, trust)));
}
