import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistogramShape } from "#telemetry/buckets.ts";
import {
  accumulate,
  emptyHistogram,
  type HistogramSnapshot,
  largestSample,
  restoredFrom,
  snapshotOf,
} from "#telemetry/histogram.ts";

/** Counts the samples and takes the snapshot. */
function counted(
  shape: HistogramShape,
  ...samples: readonly (number | boolean | string)[]
): HistogramSnapshot | undefined {
  const histogram = emptyHistogram(shape);
  for (const sample of samples) accumulate(histogram, sample);
  return snapshotOf(histogram);
}

const tutorial = { kind: "exponential", high: 1000, buckets: 50 } as const;
const widest = { kind: "linear", high: largestSample, buckets: 10 } as const;
const threeLabels = { kind: "categorical", labels: ["one", "two", "three", "four"] } as const;

describe("a snapshot says what Firefox's does:", () => {
  test("of a boolean that was true and false", () => {
    expect(counted({ kind: "boolean" }, true, false)).toEqual({
      bucket_count: 3,
      histogram_type: 2,
      sum: 1,
      range: [1, 2],
      values: { 0: 1, 1: 1, 2: 0 },
    });
  });

  test("of a boolean, for which every number but 0 is true", () => {
    expect(counted({ kind: "boolean" }, 0, 5)).toMatchObject({
      sum: 1,
      values: { 0: 1, 1: 1, 2: 0 },
    });
  });

  test("of a count that was added to twice", () => {
    expect(counted({ kind: "count" }, 1, 1)).toMatchObject({
      histogram_type: 4,
      sum: 2,
      values: { 0: 2, 1: 0 },
    });
  });

  test("of a count, whose samples are how often it happened", () => {
    expect(counted({ kind: "count" }, 5, 7)).toMatchObject({ sum: 12, values: { 0: 2, 1: 0 } });
  });

  test("of a categorical one", () => {
    expect(counted(threeLabels, "one", "two", "three", "four", "one")).toEqual({
      bucket_count: 51,
      histogram_type: 5,
      sum: 6,
      range: [1, 50],
      values: { 0: 2, 1: 1, 2: 1, 3: 1, 4: 0 },
    });
  });

  test("of samples beyond the largest", () => {
    const samples = [4, 8, 2_147_483_646, 2 ** 31, 2 ** 32 - 1];
    expect(counted(widest, ...samples)).toMatchObject({
      histogram_type: 1,
      values: { 0: 0, 1: 2, 2147483646: 3 },
    });
  });

  test("of a flag that never went up", () => {
    expect(counted({ kind: "flag" })).toMatchObject({
      histogram_type: 3,
      sum: 0,
      values: { 0: 1, 1: 0 },
    });
  });

  test("of a flag that went up, once and for all", () => {
    expect(counted({ kind: "flag" }, true, true, false)).toMatchObject({
      sum: 1,
      values: { 0: 0, 1: 1, 2: 0 },
    });
  });

  test("of an enumerated one, which is a linear one", () => {
    expect(counted({ kind: "enumerated", values: 10 }, 3, 10, 11)).toMatchObject({
      bucket_count: 11,
      histogram_type: 1,
      range: [1, 10],
      values: { 2: 0, 3: 1, 10: 2 },
    });
  });

  test("of an exponential one: one empty bucket on either side, and none between", () => {
    expect(counted(tutorial, 42, 46, 47, 200)).toEqual({
      bucket_count: 50,
      histogram_type: 0,
      sum: 335,
      range: [1, 1000],
      values: { 37: 0, 42: 2, 47: 1, 192: 1, 216: 0 },
    });
  });

  test("of nothing: there is none", () => {
    expect(counted(tutorial)).toBeUndefined();
  });
});

describe("a sample", () => {
  test.each([
    ["an ordinary one", tutorial, 42, "counted", 42],
    ["a fraction, of which the whole part counts", tutorial, 42.9, "counted", 42],
    ["a negative one, which counts as 0", tutorial, -3, "clamped", 0],
    ["the largest one", widest, largestSample, "counted", largestSample],
    ["one beyond it", widest, largestSample + 1, "clamped", largestSample],
    ["one without end", widest, Infinity, "clamped", largestSample],
  ] as const)("can be %s", (_, shape, sample, outcome, sum) => {
    const histogram = emptyHistogram(shape);
    expect(accumulate(histogram, sample)).toBe(outcome);
    expect(histogram.sum).toBe(sum);
  });

  test.each([
    ["no number", tutorial, NaN],
    ["a text where a number is counted", tutorial, "42"],
    ["a label that was not declared", threeLabels, "five"],
    ["a number where a label is counted", threeLabels, 0],
  ] as const)("that is %s is refused, and changes nothing", (_, shape, sample) => {
    const histogram = emptyHistogram(shape);
    expect(accumulate(histogram, sample)).toBe("refused");
    expect(histogram).toEqual(emptyHistogram(shape));
  });

  test("falls into the last bucket that does not begin above it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), (sample) => {
        const histogram = emptyHistogram(tutorial);
        accumulate(histogram, sample);
        const edge = histogram.layout.edges[histogram.counts.indexOf(1)];
        expect(edge).toBe(histogram.layout.edges.findLast((begin) => begin <= sample));
      }),
    );
  });
});

describe("a histogram that is restored", () => {
  const shapes: readonly HistogramShape[] = [
    tutorial,
    widest,
    threeLabels,
    { kind: "flag" },
    { kind: "boolean" },
    { kind: "count" },
    { kind: "enumerated", values: 5 },
  ];

  test("is the one that the snapshot was made of", () => {
    const sample = fc.oneof(fc.nat(), fc.boolean(), fc.constantFrom("one", "three"));
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.array(sample), (shape, samples) => {
        const histogram = emptyHistogram(shape);
        for (const one of samples) accumulate(histogram, one);
        const snapshot = snapshotOf(histogram);
        if (snapshot !== undefined) expect(restoredFrom(shape, snapshot)).toEqual(histogram);
      }),
    );
  });

  test.each([
    ["another kind", { ...tutorial, kind: "linear" }],
    ["another range", { ...tutorial, high: 2000 }],
    ["other buckets", { ...tutorial, buckets: 40 }],
  ] as const)("is none where the probe has %s by now", (_, shape) => {
    const snapshot = counted(tutorial, 42);
    expect(snapshot && restoredFrom(shape, snapshot)).toBeUndefined();
  });

  test("is none where the probe has another kind by now, of the same buckets", () => {
    const snapshot = counted({ kind: "boolean" }, true);
    expect(snapshot && restoredFrom({ kind: "count" }, snapshot)).toBeUndefined();
  });

  test("is none where the snapshot has a bucket that does not exist", () => {
    const snapshot = counted(tutorial, 42);
    const wrong = snapshot && { ...snapshot, values: { ...snapshot.values, 13: 1 } };
    expect(wrong && restoredFrom(tutorial, wrong)).toBeUndefined();
  });
});
