import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HistogramShape, layoutOf } from "#telemetry/buckets.ts";

const exponential = (low: number, high: number, buckets: number): HistogramShape => ({
  kind: "exponential",
  low,
  high,
  buckets,
});
const linear = (low: number, high: number, buckets: number): HistogramShape => ({
  kind: "linear",
  low,
  high,
  buckets,
});
const upTo = (last: number): readonly number[] => Array.from({ length: last + 1 }, (_, n) => n);
const edgesOf = (shape: HistogramShape): readonly number[] => layoutOf(shape).edges;

describe("the buckets of an exponential histogram begin where Firefox's do:", () => {
  test.each([
    ["1 to 100 in 10", exponential(1, 100, 10), [0, 1, 2, 3, 5, 9, 16, 29, 54, 100]],
    [
      "1 to 10000 in 10",
      exponential(1, 10_000, 10),
      [0, 1, 3, 10, 32, 101, 319, 1006, 3172, 10_000],
    ],
    [
      "1 to 10000 in 50, garbage collection times",
      exponential(1, 10_000, 50),
      [
        ...upTo(8),
        ...[10, 12, 14, 17, 20, 24, 29, 34, 40, 48, 57, 68, 81, 96, 114, 135, 160, 190, 226, 268],
        ...[318, 378, 449, 533, 633, 752, 894, 1062, 1262, 1500, 1782, 2117, 2516, 2990, 3553],
        ...[4222, 5017, 5961, 7083, 8416, 10_000],
      ],
    ],
    [
      "50 to 60000 in 20",
      exponential(50, 60_000, 20),
      [
        ...[0, 50, 74, 110, 163, 242, 359, 532, 789, 1170, 1735, 2572, 3813, 5653, 8380, 12_423],
        ...[18_417, 27_302, 40_474, 60_000],
      ],
    ],
    [
      "1 to the largest sample in 10",
      exponential(1, 2_147_483_646, 10),
      [0, 1, 15, 219, 3204, 46_875, 685_786, 10_033_113, 146_785_374, 2_147_483_646],
    ],
    [
      "1 to 1000 in 50, the tutorial's probe",
      exponential(1, 1000, 50),
      [
        ...upTo(12),
        ...[14, 16, 18, 20, 23, 26, 29, 33, 37, 42, 47, 53, 60, 67, 75, 84, 95, 107, 120, 135],
        ...[152, 171, 192, 216, 243, 273, 307, 345, 388, 437, 492, 554, 623, 701, 789, 888, 1000],
      ],
    ],
  ])("%s", (_, shape, edges) => {
    expect(edgesOf(shape)).toEqual(edges);
  });

  test("1 to 10000 in 100, by which counts are aggregated", () => {
    const edges = edgesOf(exponential(1, 10_000, 100));
    expect(edges).toHaveLength(100);
    expect(edges.slice(0, 22)).toEqual([...upTo(19), 21, 23]);
    expect(edges.slice(-3)).toEqual([8554, 9249, 10_000]);
  });

  test("1 to 60000 in 100", () => {
    const edges = edgesOf(exponential(1, 60_000, 100));
    expect(edges).toHaveLength(100);
    expect(edges.slice(0, 26)).toEqual([...upTo(15), 17, 19, 21, 23, 25, 28, 31, 34, 38, 42]);
    expect(edges.slice(-3)).toEqual([49_288, 54_381, 60_000]);
  });
});

describe("the buckets of a linear histogram begin where Firefox's do:", () => {
  test.each([
    ["8 to 792 in 100", linear(8, 792, 100), upTo(99).map((n) => 8 * n)],
    ["1 to 6 in 4", linear(1, 6, 4), [0, 1, 4, 6]],
    ["1 to 20 in 5", linear(1, 20, 5), [0, 1, 7, 14, 20]],
    ["1 to 16 in 17", linear(1, 16, 17), upTo(16)],
  ])("%s", (_, shape, edges) => {
    expect(edgesOf(shape)).toEqual(edges);
  });

  test("1 to 1000 in 50, the longest pauses of garbage collection", () => {
    const edges = edgesOf(linear(1, 1000, 50));
    expect(edges).toHaveLength(50);
    expect(edges.slice(0, 11)).toEqual([0, 1, 22, 43, 63, 84, 105, 126, 147, 168, 188]);
    expect(edges.slice(-3)).toEqual([958, 979, 1000]);
  });
});

describe("the other kinds are linear ones:", () => {
  test.each(["flag", "boolean", "count"] as const)("a %s has three buckets", (kind) => {
    expect(layoutOf({ kind })).toEqual({ range: [1, 2], edges: [0, 1, 2] });
  });

  test("an enumerated one has a bucket for each value and one for what is larger", () => {
    expect(layoutOf({ kind: "enumerated", values: 10 })).toEqual({
      range: [1, 10],
      edges: upTo(10),
    });
  });

  test.each([
    ["few labels", ["one", "two"], undefined, 50],
    ["room for more", ["one", "two"], 60, 60],
    ["many labels", upTo(69).map((n) => `label_${n}`), 60, 70],
  ])("a categorical one with %s", (_, labels, values, room) => {
    const shape = { kind: "categorical", labels, ...(values && { values }) } as const;
    expect(layoutOf(shape)).toEqual({ range: [1, room], edges: upTo(room) });
  });
});

test.each([
  ["begins below 1", linear(0, 20, 5)],
  ["begins between two integers", exponential(1.5, 20, 5)],
  ["has two buckets", linear(1, 20, 2)],
  ["ends before it begins", linear(20, 10, 5)],
  ["has more buckets than values", exponential(1, 5, 10)],
  ["has more buckets than values", linear(1, 5, 10)],
  ["has no value", { kind: "enumerated", values: 1 } as const],
])("a histogram that %s is refused", (_, shape) => {
  expect(() => layoutOf(shape)).toThrow(RangeError);
});

test("whatever is declared begins at 0, ascends and ends at its highest value", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("linear" as const, "exponential" as const),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 3, max: 100 }),
      fc.integer({ min: 100, max: 2_000_000_000 }),
      (kind, low, buckets, width) => {
        const { range, edges } = layoutOf({ kind, low, high: low + width, buckets });
        expect(range).toEqual([low, low + width]);
        expect(edges).toHaveLength(buckets);
        expect(edges.slice(0, 2)).toEqual([0, low]);
        expect(edges.at(-1)).toBe(low + width);
        expect(edges.toSorted((a, b) => a - b)).toEqual([...new Set(edges)]);
      },
    ),
  );
});
