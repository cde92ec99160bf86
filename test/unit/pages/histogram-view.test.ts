import { describe, expect, test } from "vitest";
import { histogramView, type HistogramView } from "#extension/pages/histogram-view.ts";
import { aPlace, someProbes } from "#kit/probes.ts";
import type { HistogramSnapshot } from "#telemetry/histogram.ts";
import { Measures } from "#telemetry/measures.ts";
import type { HistogramProbe } from "#telemetry/probe.ts";

type Name = keyof typeof someProbes.histograms;

const number = String;

/** What is drawn of what was measured. */
function drawn(name: Name, record: (meter: Measures<typeof someProbes>) => void): HistogramView {
  const meter = new Measures(someProbes, aPlace);
  record(meter);
  const snapshot = meter.snapshot().histograms[name];
  const view = histogramView(name, undefined, snapshot, someProbes.histograms[name], number);
  if (view === undefined) throw new Error(`${name} was not recorded`);
  return view;
}

const labels = ({ bars }: HistogramView): readonly string[] =>
  bars.map((bar) => ("empty" in bar ? `${bar.empty} empty` : `${bar.label}: ${bar.count}`));

describe("a histogram, as a person reads it", () => {
  test("has a bar for each bucket from the first sample to the last, and counts long runs of empty ones", () => {
    const view = drawn("TEST_EXPONENTIAL", (meter) => {
      for (const sample of [1, 3, 3, 13, 100, 5_000]) meter.sample("TEST_EXPONENTIAL", sample);
    });
    expect(labels(view)).toEqual([
      "1: 1",
      "2: 0",
      "3: 2",
      "8 empty",
      "12–13: 1",
      "16 empty",
      "95–106: 1",
      "19 empty",
      "≥ 1000: 1",
    ]);
    expect(view).toMatchObject({ samples: 6, sum: 5_120, isCount: false });
  });

  test("says of each bar its share of all samples, and draws the fullest at full length", () => {
    const { bars } = drawn("TEST_BOOLEAN", (meter) => {
      for (const sample of [true, true, true, false]) meter.sample("TEST_BOOLEAN", sample);
    });
    expect(bars).toEqual([
      { label: "false", count: 1, share: 0.25, height: 1 / 3 },
      { label: "true", count: 3, share: 0.75, height: 1 },
    ]);
  });

  test("names labels, and flags that never went up", () => {
    const flag = drawn("TEST_FLAG", (meter) => meter.sample("TEST_FLAG", true));
    expect(labels(flag)).toEqual(["true: 1"]);
    const view = drawn("TEST_CATEGORICAL", (meter) =>
      meter.sample("TEST_CATEGORICAL", "second_label"),
    );
    expect(labels(view)).toEqual(["second_label: 1"]);
  });

  test("is its sum alone where that is all that counts", () => {
    const view = drawn("TEST_COUNT", (meter) => meter.sample("TEST_COUNT", 7));
    expect(view).toMatchObject({ isCount: true, sum: 7 });
  });

  const odd: HistogramSnapshot = {
    bucket_count: 4,
    histogram_type: 0,
    sum: 9,
    range: [1, 9],
    values: { 0: 0, 1: 2, 7: 1 },
  };

  test.each([
    { from: "a probe that this version has not", probe: undefined },
    { from: "one that has other buckets by now", probe: someProbes.histograms.TEST_EXPONENTIAL },
  ] as const)("is what the ping says of $from: where buckets begin", ({ probe }) => {
    const known: HistogramProbe | undefined = probe;
    const view = histogramView("GONE", "a", odd, known, number);
    expect(view).toMatchObject({ name: "GONE", key: "a", samples: 3, sum: 9 });
    expect(view === undefined ? [] : labels(view)).toEqual(["1: 2", "7: 1"]);
  });

  test("is nothing where there is none", () => {
    expect(histogramView("X", undefined, { sum: "9" }, undefined, number)).toBeUndefined();
    const empty = histogramView("X", undefined, { ...odd, values: {} }, undefined, number);
    expect(empty).toMatchObject({ samples: 0, bars: [] });
  });
});
