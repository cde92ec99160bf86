import { describe, expect, test } from "vitest";
import { bucketSample, fractionToKey, ratioSample, stableSample } from "#recipes/sampling.ts";

// The edges of a sample, where no real hash can be expected to fall: the hash is chosen.

const hashed = (hash: string) => () => hash.padEnd(64, "0");
const half = fractionToKey(0.5);
const quarter = fractionToKey(0.25);
const threeQuarters = fractionToKey(0.75);
const [lowest, highest] = ["0".repeat(12), "f".repeat(12)];
/** The next hash below. */
const below = (key: string) => (BigInt(`0x${key}`) - 1n).toString(16).padStart(12, "0");

describe("a share", () => {
  test("begins at the lowest hash and ends before its key", () => {
    expect(stableSample("", 0.5, hashed(lowest))).toBe(true);
    expect(stableSample("", 0.5, hashed(below(half)))).toBe(true);
    expect(stableSample("", 0.5, hashed(half))).toBe(false);
    expect(stableSample("", 0, hashed(lowest))).toBe(false);
    expect(stableSample("", 1, hashed(highest))).toBe(false);
  });
});

describe("buckets", () => {
  const isIn = (hash: string, start: number, count: number) =>
    bucketSample("", start, count, 100, hashed(hash));

  test("hold their first hash and not the one after their last", () => {
    expect(isIn(below(quarter), 25, 50)).toBe(false);
    expect(isIn(quarter, 25, 50)).toBe(true);
    expect(isIn(below(threeQuarters), 25, 50)).toBe(true);
    expect(isIn(threeQuarters, 25, 50)).toBe(false);
  });

  test("go on from the last to the first", () => {
    expect(isIn(below(threeQuarters), 75, 50)).toBe(false);
    expect(isIn(threeQuarters, 75, 50)).toBe(true);
    expect(isIn(below(highest), 75, 50)).toBe(true);
    expect(isIn(lowest, 75, 50)).toBe(true);
    expect(isIn(below(quarter), 75, 50)).toBe(true);
    expect(isIn(quarter, 75, 50)).toBe(false);
  });

  test("are counted round from a start beyond the last", () => {
    expect(isIn(quarter, 125, 50)).toBe(true);
    expect(isIn(threeQuarters, 125, 50)).toBe(false);
  });

  test("up to the very last leave out only the highest hash", () => {
    expect(isIn(below(highest), 75, 25)).toBe(true);
    expect(isIn(highest, 75, 25)).toBe(false);
    expect(isIn(lowest, 75, 25)).toBe(false);
  });
});

test("a branch ends with its key, which is still its own", () => {
  expect(ratioSample("", [1, 1], hashed(half))).toBe(0);
  expect(ratioSample("", [1, 1], hashed(below(half)))).toBe(0);
  const next = (BigInt(`0x${half}`) + 1n).toString(16).padStart(12, "0");
  expect(ratioSample("", [1, 1], hashed(next))).toBe(1);
  expect(ratioSample("", [1, 2, 1], hashed(highest))).toBe(2);
});
