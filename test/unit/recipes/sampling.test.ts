import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  bucketSample,
  fractionToKey,
  ratioSample,
  stableSample,
  truncatedHash,
} from "#recipes/sampling.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const first = "00000000-0000-4000-8000-000000000001";
const second = "deadbeef-dead-4eef-8eef-deadbeefcafe";

describe("the hash of an input", () => {
  test.each([
    [`${first}-exp-branch`, "2826715fc0b2"],
    [`${first}-exp-addon-branch`, "55dd041d6e05"],
    [["global-v4", first], "f315adaa2a21"],
    [[first, 42], "949f67b1db6c"],
    [`${second}-exp-branch`, "f456a289c0ae"],
    [`${second}-exp-addon-branch`, "bfecec7b8c5e"],
    [["global-v4", second], "fb7c3000a146"],
    [[second, 42], "2a1ef66667fe"],
  ])("of %j is %s", (input, hash) => {
    expect(truncatedHash(input, digest)).toBe(hash);
  });

  test("of undefined is that of no bytes", () => {
    expect(truncatedHash(undefined, digest)).toBe(digest("").slice(0, 12));
  });
});

describe("a share of the hash space", () => {
  test.each([
    [0, "000000000000"],
    [0.5, "7fffffffffff"],
    [1, "ffffffffffff"],
    [NaN, "000000000NaN"],
  ])("%d ends at %s", (share, key) => {
    expect(fractionToKey(share)).toBe(key);
  });

  test.each([-0.001, 1.001, Infinity])("%d is refused", (share) => {
    expect(() => fractionToKey(share)).toThrow(
      new RangeError(`a share must be within 0 and 1, got ${String(share)}`),
    );
  });
});

describe("a stable sample", () => {
  test("holds inputs whose hash lies below the rate", () => {
    expect(stableSample([first, 42], 0.5, digest)).toBe(false);
    expect(stableSample([second, 42], 0.5, digest)).toBe(true);
    expect(stableSample([second, 42], 0, digest)).toBe(false);
  });
});

describe("a bucket sample", () => {
  test("goes round from the last bucket to the first", () => {
    expect(bucketSample(["global-v4", first], 0, 5_000, 10_000, digest)).toBe(false);
    expect(bucketSample(["global-v4", first], 9_000, 5_000, 10_000, digest)).toBe(true);
    expect(bucketSample(["global-v4", second], 0, 5_000, 10_000, digest)).toBe(false);
    expect(bucketSample(["global-v4", second], 19_000, 5_000, 10_000, digest)).toBe(true);
  });

  test("never holds the highest hash, whatever the buckets", () => {
    const highest = () => "f".repeat(64);
    expect(bucketSample("x", 0, 10, 10, highest)).toBe(false);
    expect(bucketSample("x", 5, 10, 10, highest)).toBe(false);
  });

  test("refuses a start below 0", () => {
    expect(() => bucketSample("x", -3, 5, 10, digest)).toThrow(RangeError);
  });
});

describe("a choice by ratios", () => {
  test.each([
    [`${first}-exp-branch`, [1, 1], 0],
    [`${first}-exp-branch`, [1, 2, 3], 0],
    [`${first}-exp-addon-branch`, [1, 1], 0],
    [`${first}-exp-addon-branch`, [1, 2, 3], 1],
    [`${second}-exp-branch`, [1, 1], 1],
    [`${second}-exp-branch`, [1, 2, 3], 2],
    ["anything", [5], 0],
  ])("of %s among %j is branch %d", (input, ratios, branch) => {
    expect(ratioSample(input, ratios, digest)).toBe(branch);
  });

  test("gives the edge itself to the lower branch", () => {
    const onTheEdge = () => fractionToKey(0.5).padEnd(64, "0");
    expect(ratioSample("x", [1, 1], onTheEdge)).toBe(0);
  });

  test("refuses to choose among none", () => {
    expect(() => ratioSample("x", [], digest)).toThrow(
      new RangeError("ratios must hold at least one ratio"),
    );
  });
});
