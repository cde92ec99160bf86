import * as v from "valibot";
import type { RootPayload } from "#recipes/manifest.ts";
import { digest } from "./digest.ts";
import type { Mirror, Ports } from "./ports.ts";
import type { TrustedState } from "./trust.ts";

// Below what nothing is believed. It lies beside the record of trust and, mirrored, outside the
// extension's storage: whoever empties one of the two does not make old manifests good again.

export const floorEntries = {
  /** Version of the newest root that was believed. */
  version: v.number(),
  /** Names of root keys: of every root from the first that a build pinned to the newest. */
  keys: v.array(v.string()),
  ep: v.number(),
  n: v.number(),
  digest: v.string(),
  /** Number of the newest halt. */
  hn: v.number(),
  /** Name of the key that signed it. */
  hk: v.exactOptional(v.string()),
  /** The latest time that something believed was signed at, in seconds since 1970: it cannot be earlier. */
  tmax: v.number(),
};
const mirrored = v.object({ ...floorEntries, sum: v.string() });

export type Floor = Omit<v.InferOutput<typeof mirrored>, "sum">;

/** Of a browser that has believed nothing yet. */
export const noFloor: Floor = {
  version: 0,
  keys: [],
  ep: 0,
  n: 0,
  digest: "",
  hn: 0,
  tmax: 0,
};

/**
 * @returns `undefined` where there is none, or none that can be read: one digit that a disk spoilt could refuse
 *   every set that is still to come
 */
export async function readFloor(mirror: Mirror): Promise<Floor | undefined> {
  const text = await mirror.read();
  if (typeof text !== "string") return undefined;
  try {
    const { sum, ...floor } = v.parse(mirrored, JSON.parse(text));
    return sum === sumOf(floor) ? floor : undefined;
  } catch {
    // Somebody else's text in our preference counts as none.
    return undefined;
  }
}

/** Only its own members, for one that is part of more. */
export function floorOf({ version, keys, ep, n, digest, hn, hk, tmax }: Floor): Floor {
  return { version, keys, ep, n, digest, hn, ...(hk === undefined ? {} : { hk }), tmax };
}

/**
 * Writes it where it differs from what is there. It is the second of two places: where it cannot be written, the
 * first still holds, and a run that failed for it would hear of nothing that is to stop.
 */
export async function writeFloor(
  floor: Floor,
  { mirror, log }: Pick<Ports, "mirror" | "log">,
): Promise<void> {
  const text = JSON.stringify({ ...floorOf(floor), sum: sumOf(floor) });
  try {
    if ((await mirror.read()) !== text) await mirror.write(text);
  } catch (error) {
    log.write("error", "what is believed could not be mirrored", { cause: String(error) });
  }
}

function sumOf(floor: Floor): string {
  return digest(JSON.stringify(floorOf(floor)));
}

/** The higher of two, member by member; of manifests the later with its digest. */
export function higher(one: Floor | undefined, other: Floor | undefined): Floor | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const set = isLater(other, one) ? other : one;
  const { hn, hk } = other.hn > one.hn ? other : one;
  return {
    version: Math.max(one.version, other.version),
    keys: [...new Set([...one.keys, ...other.keys])],
    ep: set.ep,
    n: set.n,
    digest: set.digest,
    hn,
    ...(hk === undefined ? {} : { hk }),
    tmax: Math.max(one.tmax, other.tmax),
  };
}

/** Whether a floor was laid under the same root or one that followed it: a build may pin another altogether. */
export function isUnder({ keys }: Floor, root: RootPayload): boolean {
  return keys.some((name) => root.roles.root.k.includes(name));
}

/**
 * The number below which no halt is believed. It ends with the key that reached it: whoever stole that one could
 * count so far that no later halt, by whatever key, would ever be heard.
 */
export function lowestHalt({ hn, hk }: Pick<Floor, "hn" | "hk">, root: RootPayload): number {
  return hk === undefined || root.roles.halt.k.includes(hk) ? hn : 0;
}

function isLater(one: TrustedState, other: TrustedState): boolean {
  return one.ep > other.ep || (one.ep === other.ep && one.n > other.n);
}
