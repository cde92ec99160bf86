import { createHash } from "node:crypto";

const dayMs = 86_400_000;
/** A power of two; the estimate is off by 1.04 / √registers, 1.6 %, in the middle. */
const registers = 4_096;
const indexBits = 12;
/** Over how many days, today among them, users are counted. */
export const userIntervals = { "1d": 1, "7d": 7 } as const;
const keptDays = Math.max(...Object.values(userIntervals));

/**
 * Estimates how many different ones were seen on a day and in a week (UTC), without keeping who: of each
 * only the length of a run of zeros in a salted hash is noted, if it is the longest yet (HyperLogLog).
 */
export class Users {
  readonly #salt: Uint8Array;
  #days = new Map<number, Uint8Array>();

  /** @param salt - random, and kept nowhere: without it nobody can ask whether somebody was seen */
  constructor(salt: Uint8Array) {
    this.#salt = salt;
  }

  /** @param nowMs - milliseconds since 1970 */
  seen(who: string, nowMs: number): void {
    const hash = createHash("sha256").update(this.#salt).update(who).digest();
    const day = Math.floor(nowMs / dayMs);
    let sketch = this.#days.get(day);
    if (sketch === undefined) {
      for (const old of this.#days.keys()) if (old <= day - keptDays) this.#days.delete(old);
      this.#days.set(day, (sketch = new Uint8Array(registers)));
    }
    const index = hash.readUInt32BE(0) >>> (32 - indexBits);
    const rank = Math.clz32(hash.readUInt32BE(4)) + 1;
    sketch[index] = Math.max(sketch[index] ?? 0, rank);
  }

  /** @returns an estimate, a whole number */
  count(interval: keyof typeof userIntervals, nowMs: number): number {
    const today = Math.floor(nowMs / dayMs);
    const sketches = [...this.#days].flatMap(([day, sketch]) =>
      day <= today && day > today - userIntervals[interval] ? [sketch] : [],
    );
    let sum = 0;
    let empty = 0;
    for (let index = 0; index < registers; index += 1) {
      const rank = sketches.reduce((most, sketch) => Math.max(most, sketch[index] ?? 0), 0);
      sum += 2 ** -rank;
      if (rank === 0) empty += 1;
    }
    const estimate = ((0.7213 / (1 + 1.079 / registers)) * registers ** 2) / sum;
    // Few leave registers empty, and how many those are says more.
    const isFew = estimate <= 2.5 * registers && empty > 0;
    return Math.round(isFew ? registers * Math.log(registers / empty) : estimate);
  }
}
