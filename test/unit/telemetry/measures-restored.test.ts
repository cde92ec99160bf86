import { beforeEach, describe, expect, test } from "vitest";
import { aPlace, someProbes } from "#kit/probes.ts";
import { Measures, type MeasuresSnapshot } from "#telemetry/measures.ts";

// What was measured outlives whoever measured it.

type Tested = Measures<typeof someProbes>;

const anew = (): Tested => new Measures(someProbes, aPlace);
/** Flags say also that they are down. */
const nothing = anew().snapshot();

let measures: Tested;
beforeEach(() => {
  measures = anew();
});

/** Something under each of the four headings. */
function recordSome(into: Tested): void {
  into.sample("TEST_FLAG", true);
  into.sample("TEST_EXPONENTIAL", 42);
  into.sampleKeyed("TEST_KEYED_COUNT", "one", 2);
  into.set("test.uint", 3);
  into.setKeyed("test.keyed_string", "one", "first");
  into.sample("TEST_LINEAR", -1);
}

describe("clearing", () => {
  test("begins anew, with flags down", () => {
    recordSome(measures);
    measures.clear();
    expect(measures.snapshot()).toEqual(nothing);
  });
});

describe("what was stored", () => {
  test("is there again", () => {
    recordSome(measures);
    const before = measures.snapshot();
    const after = anew();
    after.restore(before);
    expect(after.snapshot()).toEqual(before);
  });

  test("joins what was recorded meanwhile: samples add up, a scalar keeps its new value", () => {
    recordSome(measures);
    const before = measures.snapshot();
    measures.clear();
    measures.sample("TEST_EXPONENTIAL", 42);
    measures.set("test.uint", 9);
    measures.restore(before);
    const { TEST_EXPONENTIAL: joined, ...others } = measures.snapshot().histograms;
    expect(joined).toMatchObject({ sum: 84, values: { 37: 0, 42: 2, 47: 0 } });
    expect({ TEST_EXPONENTIAL: before.histograms["TEST_EXPONENTIAL"], ...others }).toEqual(
      before.histograms,
    );
    expect(measures.snapshot()).toMatchObject({
      keyedHistograms: before.keyedHistograms,
      scalars: { "test.uint": 9 },
      keyedScalars: before.keyedScalars,
    });
  });

  test("is left out where the tables have it otherwise by now", () => {
    recordSome(measures);
    const { TEST_EXPONENTIAL: exponential, TEST_LINEAR: linear } = measures.snapshot().histograms;
    if (exponential === undefined || linear === undefined) throw new Error("nothing was recorded");
    const after = anew();
    const otherwise: MeasuresSnapshot = {
      histograms: { TEST_LINEAR: exponential, GONE: linear, constructor: linear },
      keyedHistograms: {
        TEST_KEYED_COUNT: { three: linear },
        TEST_LINEAR: { one: linear },
      },
      scalars: {
        "test.uint": "a text",
        "test.string": "x".repeat(51),
        "test.keyed_uint": 3,
        "test.gone": 1,
      },
      keyedScalars: { "test.keyed_uint": { "no such key": 1 }, "test.uint": { one: 1 } },
    };
    after.restore(otherwise);
    expect(after.snapshot()).toEqual(nothing);
  });
});
