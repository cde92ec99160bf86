import * as v from "valibot";
import type { Store } from "./ports.ts";

const storeKey = "trust";

const record = v.object({
  v: v.literal(1),
  /** The newest root that was believed, as it was served. */
  root: v.unknown(),
  ep: v.number(),
  n: v.number(),
  digest: v.string(),
  bundle: v.object({ keycert: v.string(), manifest: v.string() }),
  etag: v.nullable(v.string()),
});

/** What is believed, between runs. Everything in it is verified anew before it is used. */
export type TrustRecord = v.InferOutput<typeof record>;

/** @returns `undefined` for a browser that has believed nothing yet, or `damaged` */
export async function readTrust(store: Store): Promise<TrustRecord | "damaged" | undefined> {
  const stored = await store.get(storeKey);
  if (stored === undefined) return undefined;
  const parsed = v.safeParse(record, stored);
  return parsed.success ? parsed.output : "damaged";
}

/** One atomic swap: the old set is believed until this resolves, the new one afterwards. */
export async function writeTrust(store: Store, trust: TrustRecord): Promise<void> {
  await store.set({ [storeKey]: trust });
}
