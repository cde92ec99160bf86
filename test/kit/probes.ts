import { versionCompare } from "#recipes/version-compare.ts";
import { limitScalars } from "#telemetry/limit-scalars.ts";
import { Measures } from "#telemetry/measures.ts";
import { metrics } from "#telemetry/metrics.ts";
import type { ProbeTable, Recordable } from "#telemetry/probe.ts";

// Probes for tests: one of each kind, so that no test depends on what is measured these days.

const row = {
  doc: "Measures nothing but what the tests say.",
  issues: [1],
  owner: "tests@mulberry.example",
  expires: "never",
  dataSet: "base",
  products: ["firefox"],
} as const;

const name = /^[a-z0-9]+$/u;

/** One probe of each kind, with keys and without. */
export const someProbes = {
  histograms: {
    TEST_FLAG: { ...row, kind: "flag" },
    TEST_BOOLEAN: { ...row, kind: "boolean" },
    TEST_COUNT: { ...row, kind: "count" },
    TEST_ENUMERATED: { ...row, kind: "enumerated", values: 10 },
    TEST_LINEAR: { ...row, kind: "linear", high: 2 ** 31 - 2, buckets: 10 },
    TEST_EXPONENTIAL: { ...row, kind: "exponential", high: 1000, buckets: 50 },
    TEST_CATEGORICAL: { ...row, kind: "categorical", labels: ["first_label", "second_label"] },
    TEST_KEYED_FLAG: { ...row, kind: "flag", keys: ["one", "two"] },
    TEST_KEYED_COUNT: { ...row, kind: "count", keys: ["one", "two"] },
    TELEMETRY_TUTORIAL_PROBE: {
      ...row,
      kind: "exponential",
      high: 1000,
      buckets: 50,
      expires: "50",
    },
    TEST_EXTENDED: { ...row, kind: "count", dataSet: "extended" },
    TEST_CHROMIUM: { ...row, kind: "count", products: ["chromium"] },
  },
  scalars: {
    ...limitScalars,
    "test.uint": { ...row, kind: "uint" },
    "test.largest": { ...row, kind: "uint", parts: "raise" },
    "test.string": { ...row, kind: "string", pattern: /^\P{Cc}*$/u },
    "test.boolean": { ...row, kind: "boolean" },
    "test.keyed_uint": { ...row, kind: "uint", keyPattern: name },
    "test.keyed_string": { ...row, kind: "string", pattern: name, keyPattern: name },
    "test.keyed_boolean": { ...row, kind: "boolean", keyPattern: name },
    "test.expired": { ...row, kind: "uint", expires: "3.1" },
  },
} as const satisfies ProbeTable;

/** What our own probes are recorded with, in a test. */
export function someMeters(): Measures<typeof metrics> {
  return new Measures(metrics, aPlace);
}

/** A Firefox of a release channel, with Mulberry 49. */
export const aPlace: Recordable = {
  version: "49",
  product: "firefox",
  dataSets: ["base"],
  compare: versionCompare,
};
