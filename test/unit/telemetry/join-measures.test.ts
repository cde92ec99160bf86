import { describe, expect, test } from "vitest";
import { aPlace, someProbes } from "#kit/probes.ts";
import { joinMeasures } from "#telemetry/join-measures.ts";
import { Measures, type MeasuresSnapshot } from "#telemetry/measures.ts";

type Meter = Measures<typeof someProbes>;

/** What is measured in one span of time. */
function span(measure: (meter: Meter) => void): MeasuresSnapshot {
  const meter = new Measures(someProbes, aPlace);
  measure(meter);
  return meter.snapshot();
}

describe("what was measured in several spans", () => {
  test("is what would have been measured in one: samples together, numbers added up", () => {
    const first = (meter: Meter): void => {
      meter.sample("TEST_EXPONENTIAL", 3);
      meter.sample("TEST_FLAG", true);
      meter.sampleKeyed("TEST_KEYED_COUNT", "one", 2);
      meter.add("test.uint", 4);
      meter.addKeyed("test.keyed_uint", "a", 1);
    };
    const second = (meter: Meter): void => {
      meter.sample("TEST_EXPONENTIAL", 900);
      meter.sample("TEST_BOOLEAN", false);
      meter.sampleKeyed("TEST_KEYED_COUNT", "one", 1);
      meter.sampleKeyed("TEST_KEYED_COUNT", "two", 1);
      meter.add("test.uint", 5);
      meter.addKeyed("test.keyed_uint", "b", 1);
    };
    const both = span((meter) => {
      first(meter);
      second(meter);
    });
    expect(joinMeasures(someProbes, [span(first), span(second)])).toEqual(both);
  });

  test("has the largest number where the probe says that parts come together so", () => {
    const most = (value: number) =>
      span((meter) => {
        meter.raise("test.largest", value);
      });
    expect(joinMeasures(someProbes, [most(4), most(9), most(2)]).scalars).toEqual({
      "test.largest": 9,
    });
  });

  test("has the latest of what cannot be added up", () => {
    const said = (text: string, truth: boolean) =>
      span((meter) => {
        meter.set("test.string", text);
        meter.set("test.boolean", truth);
      });
    expect(joinMeasures(someProbes, [said("old", false), said("new", true)]).scalars).toEqual({
      "test.string": "new",
      "test.boolean": true,
    });
  });

  test("leaves out what no table names, and histograms in other buckets", () => {
    const { histograms, ...others } = span((meter) => meter.sample("TEST_LINEAR", 1));
    const linear = histograms["TEST_LINEAR"];
    if (linear === undefined) throw new Error("nothing was measured");
    const odd = {
      ...others,
      histograms: { TEST_LINEAR: { ...linear, bucket_count: 3 }, constructor: linear },
      scalars: { toString: 1 },
    };
    expect(joinMeasures(someProbes, [odd])).toEqual({ ...others, histograms: {} });
  });
});
