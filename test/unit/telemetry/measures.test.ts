import { beforeEach, describe, expect, test } from "vitest";
import { aPlace, someProbes } from "#kit/probes.ts";
import { Measures } from "#telemetry/measures.ts";
import type { Recordable } from "#telemetry/probe.ts";

type Tested = Measures<typeof someProbes>;

/** Flags say also that they are down; without them a snapshot of nothing is empty. */
const nothing = {
  histograms: { TEST_FLAG: expect.objectContaining({ values: { 0: 1, 1: 0 } }) as unknown },
  keyedHistograms: {},
  scalars: {},
  keyedScalars: {},
};

let measures: Tested;
beforeEach(() => {
  measures = new Measures(someProbes, aPlace);
});

const at = (change: Partial<Recordable>): Tested =>
  new Measures(someProbes, { ...aPlace, ...change });

/** What could not be kept as it came. */
const counted = (): unknown => measures.snapshot().keyedScalars;

describe("what was never recorded", () => {
  test("is left out, but for the flag that says so", () => {
    expect(measures.snapshot()).toEqual(nothing);
  });
});

describe("a histogram", () => {
  test("holds the samples of its kind", () => {
    measures.sample("TEST_FLAG", true);
    measures.sample("TEST_BOOLEAN", false);
    measures.sample("TEST_COUNT", 2);
    measures.sample("TEST_ENUMERATED", 3);
    measures.sample("TEST_LINEAR", 4);
    measures.sample("TELEMETRY_TUTORIAL_PROBE", 42);
    measures.sample("TEST_CATEGORICAL", "second_label");
    const values = Object.entries(measures.snapshot().histograms).map(
      ([name, histogram]) => [name, histogram.values] as const,
    );
    expect(Object.fromEntries(values)).toEqual({
      TEST_FLAG: { 0: 0, 1: 1, 2: 0 },
      TEST_BOOLEAN: { 0: 1, 1: 0 },
      TEST_COUNT: { 0: 1, 1: 0 },
      TEST_ENUMERATED: { 2: 0, 3: 1, 4: 0 },
      TEST_LINEAR: { 0: 0, 1: 1, 268435457: 0 },
      TELEMETRY_TUTORIAL_PROBE: { 37: 0, 42: 1, 47: 0 },
      TEST_CATEGORICAL: { 0: 0, 1: 1, 2: 0 },
    });
  });

  test("with keys is one for each, and those without samples are left out", () => {
    measures.sampleKeyed("TEST_KEYED_COUNT", "one", 2);
    measures.sampleKeyed("TEST_KEYED_COUNT", "one", 3);
    measures.sampleKeyed("TEST_KEYED_FLAG", "two", true);
    expect(measures.snapshot().keyedHistograms).toMatchObject({
      TEST_KEYED_COUNT: { one: { sum: 5, values: { 0: 2, 1: 0 } } },
      TEST_KEYED_FLAG: { two: { sum: 1, values: { 0: 0, 1: 1, 2: 0 } } },
    });
    expect(Object.keys(measures.snapshot().keyedHistograms["TEST_KEYED_COUNT"] ?? {})).toEqual([
      "one",
    ]);
  });

  test("drops a sample under a key that was not declared, and counts it", () => {
    // @ts-expect-error there is no such key
    measures.sampleKeyed("TEST_KEYED_COUNT", "three", 1);
    // @ts-expect-error nor is every name that an object has a key
    measures.sampleKeyed("TEST_KEYED_COUNT", "constructor", 1);
    expect(measures.snapshot()).toEqual({
      ...nothing,
      keyedScalars: {
        "telemetry.accumulate_unknown_histogram_keys": { TEST_KEYED_COUNT: 2 },
      },
    });
  });

  test("counts what it clamped", () => {
    for (const sample of [8, 2 ** 31, 2 ** 32 - 1]) measures.sample("TEST_LINEAR", sample);
    expect(counted()).toEqual({ "telemetry.accumulate_clamped_values": { TEST_LINEAR: 2 } });
  });

  test("counts what was no sample, and is still empty", () => {
    measures.sample("TEST_EXPONENTIAL", NaN);
    measures.sampleKeyed("TEST_KEYED_COUNT", "one", NaN);
    expect(measures.snapshot()).toEqual({
      ...nothing,
      keyedScalars: {
        "telemetry.accumulate_refused_samples": { TEST_EXPONENTIAL: 1, TEST_KEYED_COUNT: 1 },
      },
    });
  });
});

describe("a scalar", () => {
  test("holds what it was given last", () => {
    measures.set("test.uint", 3);
    measures.set("test.uint", 2);
    measures.set("test.string", "a text");
    measures.set("test.boolean", false);
    measures.setKeyed("test.keyed_string", "one", "first");
    measures.setKeyed("test.keyed_boolean", "one", true);
    expect(measures.snapshot()).toMatchObject({
      scalars: { "test.uint": 2, "test.string": "a text", "test.boolean": false },
      keyedScalars: { "test.keyed_string": { one: "first" }, "test.keyed_boolean": { one: true } },
    });
  });

  test("counts, or holds the largest", () => {
    measures.add("test.uint", 2);
    measures.add("test.uint", 3);
    for (const value of [4, 7, 5]) measures.raiseKeyed("test.keyed_uint", "high", value);
    for (const value of [4, 5]) measures.addKeyed("test.keyed_uint", "sum", value);
    expect(measures.snapshot()).toMatchObject({
      scalars: { "test.uint": 5 },
      keyedScalars: { "test.keyed_uint": { high: 7, sum: 9 } },
    });
    measures.raise("test.uint", 4);
    expect(measures.snapshot().scalars).toEqual({ "test.uint": 5 });
  });

  test("loses the fraction of a number", () => {
    measures.set("test.uint", 3.9);
    measures.add("test.uint", 1.9);
    expect(measures.snapshot()).toMatchObject({ scalars: { "test.uint": 4 }, keyedScalars: {} });
  });

  test.each([-1, -0.5, NaN])("refuses %d, keeps what it held and counts that", (value) => {
    measures.set("test.uint", 3);
    measures.set("test.uint", value);
    measures.add("test.uint", value);
    measures.raise("test.uint", value);
    expect(measures.snapshot().scalars).toEqual({ "test.uint": 3 });
    expect(counted()).toEqual({ "telemetry.scalar_refused_values": { "test.uint": 3 } });
  });

  test("holds at most what 32 bits hold, and counts what was more", () => {
    measures.set("test.uint", 2 ** 32);
    expect(measures.snapshot().scalars).toEqual({ "test.uint": 2 ** 32 - 1 });
    measures.add("test.uint", 1);
    expect(measures.snapshot().scalars).toEqual({ "test.uint": 2 ** 32 - 1 });
    expect(counted()).toEqual({ "telemetry.scalar_cut_values": { "test.uint": 2 } });
  });

  test("cuts a text after 50 characters, none of them in half, and counts that", () => {
    measures.set("test.string", "x".repeat(50));
    expect(counted()).toEqual({});
    measures.set("test.string", "x".repeat(51));
    expect(measures.snapshot().scalars).toEqual({ "test.string": "x".repeat(50) });
    measures.set("test.string", `${"x".repeat(49)}😀`);
    expect(measures.snapshot().scalars).toEqual({ "test.string": "x".repeat(49) });
    expect(counted()).toEqual({ "telemetry.scalar_cut_values": { "test.string": 2 } });
  });

  test("refuses a text of another form", () => {
    measures.setKeyed("test.keyed_string", "one", "https://example.com");
    expect(counted()).toEqual({ "telemetry.scalar_refused_values": { "test.keyed_string": 1 } });
  });

  test("has 100 keys at most, and counts what was for one more", () => {
    for (let key = 0; key < 102; key++) measures.addKeyed("test.keyed_uint", `key${key}`, 1);
    measures.addKeyed("test.keyed_uint", "key7", 1);
    const { keyedScalars } = measures.snapshot();
    expect(Object.keys(keyedScalars["test.keyed_uint"] ?? {})).toHaveLength(100);
    expect(keyedScalars["test.keyed_uint"]).toMatchObject({ key7: 2, key99: 1 });
    expect(keyedScalars["telemetry.keyed_scalars_exceed_limit"]).toEqual({ "test.keyed_uint": 2 });
  });

  test("takes a key of 72 characters, none that is longer or of another form, and counts those", () => {
    measures.setKeyed("test.keyed_uint", "x".repeat(72), 1);
    measures.setKeyed("test.keyed_uint", "x".repeat(73), 1);
    measures.setKeyed("test.keyed_uint", "a key", 1);
    expect(counted()).toEqual({
      "test.keyed_uint": { ["x".repeat(72)]: 1 },
      "telemetry.keyed_scalars_unknown_keys": { "test.keyed_uint": 2 },
    });
  });
});

describe("a probe records nothing", () => {
  test.each([
    ["49.0.2", true],
    ["50.0a1", false],
    ["50", false],
    ["153.0", false],
  ])("once it has expired: in %s what ends in 50 is recorded: %s", (version, isRecorded) => {
    measures = at({ version });
    measures.sample("TELEMETRY_TUTORIAL_PROBE", 42);
    expect("TELEMETRY_TUTORIAL_PROBE" in measures.snapshot().histograms).toBe(isRecorded);
  });

  test.each([
    ["3.0.9", true],
    ["3.1", false],
    ["3.10", false],
  ])("once it has expired: in %s a scalar that ends in 3.1 is recorded: %s", (version, holds) => {
    measures = at({ version });
    measures.set("test.expired", 1);
    expect(measures.snapshot().scalars).toEqual(holds ? { "test.expired": 1 } : {});
  });

  test("of the extended data set where only the base one is recorded", () => {
    const extended = at({ dataSets: ["base", "extended"] });
    for (const one of [measures, extended]) one.sample("TEST_EXTENDED", 1);
    expect(measures.snapshot()).toEqual(nothing);
    expect(extended.snapshot().histograms["TEST_EXTENDED"]).toMatchObject({ sum: 1 });
  });

  test("of the extended data set once it is switched off, which forgets what it held, and only that", () => {
    const extended = at({ dataSets: ["base", "extended"] });
    for (const name of ["TEST_EXTENDED", "TEST_COUNT"] as const) extended.sample(name, 1);
    const before = extended.changes;
    extended.recordOnly(["base"]);
    expect(extended.changes).toBeGreaterThan(before);
    extended.sample("TEST_EXTENDED", 1);
    expect(Object.keys(extended.snapshot().histograms)).toEqual(["TEST_COUNT", "TEST_FLAG"]);
    extended.recordOnly(["base", "extended"]);
    extended.sample("TEST_EXTENDED", 5);
    expect(extended.snapshot().histograms["TEST_EXTENDED"]).toMatchObject({ sum: 5 });
  });

  test("in a product that it is not for", () => {
    const chromium = at({ product: "chromium" });
    for (const one of [measures, chromium]) one.sample("TEST_CHROMIUM", 1);
    expect(measures.snapshot()).toEqual(nothing);
    expect(Object.keys(chromium.snapshot().histograms)).toEqual(["TEST_CHROMIUM"]);
  });
});

test("what the tables do not have, or have of another type, does not compile", () => {
  const unchecked = () => {
    // @ts-expect-error no such histogram
    measures.sample("TEST_NONE", 1);
    // @ts-expect-error it has keys
    measures.sample("TEST_KEYED_COUNT", 1);
    // @ts-expect-error it has none
    measures.sampleKeyed("TEST_COUNT", "one", 1);
    // @ts-expect-error no such label
    measures.sample("TEST_CATEGORICAL", "third_label");
    // @ts-expect-error a boolean takes no numbers
    measures.sample("TEST_BOOLEAN", 1);
    // @ts-expect-error a flag does not go down
    measures.sample("TEST_FLAG", false);
    // @ts-expect-error a number takes no texts
    measures.sample("TEST_EXPONENTIAL", "42");
    // @ts-expect-error no such scalar
    measures.set("test.none", 1);
    // @ts-expect-error a number takes no texts
    measures.set("test.uint", "1");
    // @ts-expect-error a text is not a number
    measures.set("test.string", 1);
    // @ts-expect-error a text does not count
    measures.add("test.string", 1);
    // @ts-expect-error it has keys
    measures.set("test.keyed_uint", 1);
    // @ts-expect-error it has none
    measures.addKeyed("test.uint", "one", 1);
  };
  expect(unchecked).not.toThrow();
});
