import { testResetGlean } from "@mozilla/glean/testing";
import CounterMetricType from "@mozilla/glean/private/metrics/counter";
import LabeledMetricType from "@mozilla/glean/private/metrics/labeled";
import TimingDistributionMetricType from "@mozilla/glean/private/metrics/timing_distribution";
import { randomOf } from "#kit/filters.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import { Measures } from "#telemetry/measures.ts";
import type { ProbeTable } from "#telemetry/probe.ts";
import { type PromiseResult, row } from "./promise.ts";

/** What is recorded in one go, until a ping takes it: glean.js keeps every sample of a distribution. */
const amounts = [100, 1_000] as const;
/** The quickest counts on either side, so that a busy machine does not decide. */
const rounds = 25;
const seed = 20_261_128;

const probe = {
  doc: "Measures nothing but what this file records.",
  issues: [5],
  owner: "telemetry@mulberry.example",
  expires: "never",
  dataSet: "base",
  products: ["firefox"],
} as const;
const table = {
  histograms: { BENCH_MS: { ...probe, kind: "exponential", high: 60_000, buckets: 50 } },
  scalars: {
    "bench.count": { ...probe, kind: "uint" },
    "bench.by_key": { ...probe, kind: "uint", keyPattern: /^[a-z]+$/u },
  },
} as const satisfies ProbeTable;
const keys = ["installed", "refused"] as const;

/**
 * Recording one sample as the client does, against the same in Mozilla's glean.js: a time in a
 * histogram, a keyed count, a count. Both keep it in memory here, which is all that ours does until it
 * is stored every five minutes; in a page glean.js writes each sample to `localStorage` besides, and that
 * is not counted. Goal: faster.
 */
export function run(): Promise<PromiseResult> {
  // A page has one; glean.js looks there for what a developer set by hand.
  Object.defineProperty(globalThis, "sessionStorage", { value: { getItem: () => null } });
  const rows = amounts.flatMap((amount) => {
    const samples = someTimes(amount);
    return (["time", "keyed", "count"] as const).map((what) => {
      const quickest = { ours: Infinity, theirs: Infinity };
      for (let round = 0; round < rounds; round += 1) {
        quickest.ours = Math.min(quickest.ours, timed(oursOf(), what, samples));
        quickest.theirs = Math.min(quickest.theirs, timed(theirsOf(), what, samples));
      }
      const each = (ms: number): number => (ms / amount) * 1_000;
      const name = `${names[what]}, ${String(amount)} to a ping`;
      return row(name, each(quickest.ours), each(quickest.theirs), "µs");
    });
  });
  const holds = rows.every(({ ratio }) => ratio > 1);
  return Promise.resolve({
    name: `recording a sample (glean.js in memory, seed ${String(seed)})`,
    rows,
    ...(!holds && { broken: "promised: faster than glean.js" }),
  });
}

const names = { time: "a time in a histogram", keyed: "a keyed count", count: "a count" } as const;

/** One way to record, with nothing recorded yet, and how many there are of what was recorded. */
interface Client {
  readonly record: { readonly [W in keyof typeof names]: (value: number, index: number) => void };
  readonly recorded: { readonly [W in keyof typeof names]: () => number };
}

/**
 * @returns milliseconds
 * @throws Error where something was not recorded: what does nothing is fast
 */
function timed(client: Client, what: keyof typeof names, samples: readonly number[]): number {
  const record = client.record[what];
  const startedAt = performance.now();
  for (const [index, sample] of samples.entries()) record(sample, index);
  const tookMs = performance.now() - startedAt;
  if (client.recorded[what]() !== samples.length) throw new Error(`${what}: samples are missing`);
  return tookMs;
}

function keyAt(index: number): (typeof keys)[number] {
  return index % 2 === 0 ? keys[0] : keys[1];
}

function oursOf(): Client {
  const measures = new Measures(table, {
    version: "1.0",
    product: "firefox",
    dataSets: ["base"],
    compare: versionCompare,
  });
  const sumOf = (values: object): number =>
    Object.values(values).reduce((all: number, value: unknown) => all + Number(value), 0);
  return {
    record: {
      time: (ms) => {
        measures.sample("BENCH_MS", ms);
      },
      keyed: (_, index) => {
        measures.addKeyed("bench.by_key", keyAt(index), 1);
      },
      count: () => {
        measures.add("bench.count", 1);
      },
    },
    recorded: {
      time: () => sumOf(measures.snapshot().histograms["BENCH_MS"]?.values ?? {}),
      keyed: () => sumOf(measures.snapshot().keyedScalars["bench.by_key"] ?? {}),
      count: () => Number(measures.snapshot().scalars["bench.count"]),
    },
  };
}

function theirsOf(): Client {
  testResetGlean("mulberry-bench");
  const meta = {
    category: "bench",
    sendInPings: ["main"],
    lifetime: "ping",
    disabled: false,
  };
  const time = new TimingDistributionMetricType({ ...meta, name: "time" }, "millisecond");
  const keyed = new LabeledMetricType({ ...meta, name: "by_key" }, CounterMetricType, [...keys]);
  const count = new CounterMetricType({ ...meta, name: "count" });
  return {
    record: {
      time: (ms) => {
        time.accumulateSamples([ms]);
      },
      keyed: (_, index) => {
        keyed[keyAt(index)]?.add(1);
      },
      count: () => {
        count.add(1);
      },
    },
    recorded: {
      time: () => time.testGetValue("main")?.count ?? 0,
      keyed: () => keys.reduce((all, key) => all + (keyed[key]?.testGetValue("main") ?? 0), 0),
      count: () => count.testGetValue("main") ?? 0,
    },
  };
}

/** Milliseconds that are short more often than long. */
function someTimes(amount: number): readonly number[] {
  const random = randomOf(seed);
  return Array.from({ length: amount }, () => Math.floor(60_000 ** random()));
}
