import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aPlace, someProbes } from "#kit/probes.ts";
import { histogramLimits, layoutOf } from "#telemetry/buckets.ts";
import { metrics } from "#telemetry/metrics.ts";
import {
  dataSetsOf,
  type HistogramProbe,
  isRecorded,
  type ProbeTable,
  scalarLimits,
} from "#telemetry/probe.ts";

const tables: readonly ProbeTable[] = [metrics, someProbes];
const histograms = tables.flatMap((table) => Object.entries(table.histograms));
const scalars = tables.flatMap((table) => Object.entries(table.scalars));

describe.each([...histograms, ...scalars])("the probe %s", (_, probe) => {
  test("says what it measures, who asked, who answers for it, where and how long", () => {
    expect(probe.doc).toMatch(/^[A-Z][^\n]{20,159}\.$/u);
    expect(probe.issues.every((issue) => Number.isSafeInteger(issue) && issue > 0)).toBe(true);
    expect(probe.issues).not.toEqual([]);
    expect(probe.owner).toMatch(/^[^\s@]+@[^\s@]+\.[a-z]+$/u);
    expect(probe.expires).toMatch(/^(?:never|[1-9]\d*(?:\.\d+){0,3})$/u);
    expect(probe.products).not.toEqual([]);
  });
});

describe.each(histograms)("the histogram %s", (name, probe: HistogramProbe) => {
  const named = /^[a-z][a-z0-9_]+[a-z0-9]$/iu;
  const { buckets, bucketsWithSpill, keys, labels, nameLength } = histogramLimits;

  test("has a name as Firefox's have, short enough to be a key", () => {
    expect(name).toMatch(/^[A-Z][A-Z0-9_]*[A-Z0-9]$/u);
    expect(name.length).toBeLessThanOrEqual(scalarLimits.keyLength);
  });

  test("has buckets, and not too many", () => {
    const hasSpill = probe.kind === "enumerated" || probe.kind === "categorical";
    const { edges } = layoutOf(probe);
    expect(edges.length).toBeLessThanOrEqual(hasSpill ? bucketsWithSpill : buckets);
  });

  test("has short names for its labels and keys, each of them once", () => {
    const own = probe.kind === "categorical" ? probe.labels : [];
    expect(own.length).toBeLessThanOrEqual(labels);
    expect(probe.keys?.length ?? 1).toBeLessThanOrEqual(keys);
    expect(probe.keys?.length).not.toBe(0);
    for (const names of [own, probe.keys ?? []]) {
      expect(new Set(names).size).toBe(names.length);
      for (const one of names) {
        expect(one).toMatch(named);
        expect(one.length).toBeLessThanOrEqual(nameLength);
      }
    }
  });
});

test.each(scalars)("the scalar %s has a category and a name, short enough to be a key", (name) => {
  expect(name).toMatch(/^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){1,3}$/u);
  expect(name.length).toBeLessThanOrEqual(scalarLimits.keyLength);
  for (const part of [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)])
    expect(part.length).toBeLessThanOrEqual(40);
});

describe("an end", () => {
  const probe = someProbes.histograms.TEST_COUNT;

  test.each([
    ["50", "50.0a1"],
    ["50.0", "50.0a1"],
    ["50.1", "50.1"],
    ["3.0.1", "3.0.1"],
  ])("in %s comes with %s, and not before", (expires, first) => {
    const isRecordedIn = (version: string) =>
      isRecorded({ ...probe, expires }, { ...aPlace, version });
    expect(isRecordedIn(first)).toBe(false);
    // `pre` comes just before the version that it stands behind.
    expect(isRecordedIn(first.endsWith("a1") ? first.replace("a1", "a0") : `${first}pre`)).toBe(
      true,
    );
  });

  test("never comes to what never ends", () => {
    expect(isRecorded(probe, { ...aPlace, version: "9999" })).toBe(true);
  });
});

test("the extended data set is recorded where the person says so", () => {
  expect(dataSetsOf(true)).toEqual(["base", "extended"]);
  expect(dataSetsOf(false)).toEqual(["base"]);
});

test("the row in docs/adding.md could stand in the table", async () => {
  const page = await readFile("docs/adding.md", "utf8");
  const [, row = ""] = /```ts\n\s*TUTORIAL_MS: (\{[\s\S]*?\}),\n\s*```/u.exec(page) ?? [];
  const json = row
    .replace(/(\w+): /gu, '"$1": ')
    .replace(/,(\s*\})/gu, "$1")
    .replace(/(\d)_(\d)/gu, "$1$2");
  const probe = JSON.parse(json) as HistogramProbe;
  expect(Object.keys(probe).sort()).toEqual(
    Object.keys(someProbes.histograms.TELEMETRY_TUTORIAL_PROBE).sort(),
  );
  expect(layoutOf(probe).edges).toHaveLength(50);
  expect(isRecorded(probe, { ...aPlace, version: "0.1.0" })).toBe(true);
});
