import { beforeEach, describe, expect, test } from "vitest";
import { MemoryFacts, MemoryStore } from "#core/memory.ts";
import { measureEveryMs, type Probe, type Usage } from "#core/probe.ts";
import { probes } from "#extension/probes/index.ts";
import { measure, splitReason } from "#extension/telemetry/measure.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import { type LogLine, TestClock, TestRandom } from "#kit/client.ts";
import { someMeters } from "#kit/probes.ts";
import { aScene, aSession } from "#kit/sessions.ts";
import { aStudyEnrollment } from "#kit/situation.ts";
import type { Enrollment } from "#core/enrollment.ts";

const startMs = 1_795_000_000_000;
const on = { telemetryEnabled: true, extendedTelemetryEnabled: false };
const extended = { ...on, extendedTelemetryEnabled: true };
let memoryLooks = 0;
let store: MemoryStore;
let clock: TestClock;
let log: LogLine[];
let recorder: StoredRecorder;
let enrollments: readonly Enrollment[];
const usage: Usage = {
  openTabs: () => Promise.resolve(7),
  openWindows: () => Promise.resolve(2),
  isActive: (seconds) => Promise.resolve(seconds === 300),
  processMemory: () => {
    memoryLooks += 1;
    return Promise.resolve(200 * 1024 * 1024);
  },
  pageLoads: () => Promise.resolve({ durationsMs: [], lost: 0 }),
};

const random = new TestRandom();
const open = () => StoredRecorder.open(store, clock, random, startMs, someMeters());

beforeEach(async () => {
  store = new MemoryStore();
  clock = new TestClock(startMs);
  log = [];
  enrollments = [];
  recorder = await open();
});

/** Five minutes later. */
async function look(
  settings = on,
  own: readonly Probe[] = probes,
  ofUsage: Usage = usage,
): Promise<void> {
  clock.advance(measureEveryMs);
  await measure(
    { recorder, book: { all: () => enrollments }, probes: own, usage: ofUsage },
    settings,
    {
      clock,
      random,
      facts: new MemoryFacts({ locale: "de-AT" }),
      log: { write: (level, message, fields) => log.push({ level, message, fields }) },
    },
  );
}

describe("a look", () => {
  test("is taken at what is of the extended data set only where the person lets it be", async () => {
    memoryLooks = 0;
    recorder.measureOnly(["base", "extended"]);
    await look();
    expect(memoryLooks).toBe(0);
    await look(extended);
    expect(memoryLooks).toBe(1);
    const { MULBERRY_EXTENSION_MEMORY_MB: memory } = recorder.meter.snapshot().histograms;
    expect(memory?.sum).toBe(200);
    recorder.measureOnly(["base"]);
    await look(extended);
    expect(recorder.meter.snapshot().histograms).not.toHaveProperty("MULBERRY_EXTENSION_MEMORY_MB");
  });

  test("counts tabs, windows and spans in which somebody was there, and survives a kill", async () => {
    await look();
    await look();
    const { histograms, scalars } = (await open()).meter.snapshot();
    expect(histograms).toMatchObject({
      MULBERRY_TAB_COUNT: { sum: 14, values: { 6: 0, 7: 2, 8: 0 } },
      MULBERRY_WINDOW_COUNT: { sum: 4, values: { 1: 0, 2: 2, 3: 0 } },
    });
    expect(scalars).toEqual({ "mulberry.usage.active_spans": 2 });
  });

  test("counts what pages took to load since the last one, and how many there were beside", async () => {
    const loads = [
      { durationsMs: [120.4, 7_000], lost: 0 },
      { durationsMs: [90], lost: 3 },
    ];
    const pageLoads = () => Promise.resolve(loads.shift() ?? { durationsMs: [], lost: 0 });
    await look(on, probes, { ...usage, pageLoads });
    expect(recorder.meter.snapshot().scalars).not.toHaveProperty("mulberry.page_loads.lost");
    await look(on, probes, { ...usage, pageLoads });
    await look(on, probes, { ...usage, pageLoads });
    const { histograms, scalars } = recorder.meter.snapshot();
    expect(histograms["MULBERRY_PAGE_LOAD_MS"]?.sum).toBe(120 + 7_000 + 90);
    expect(scalars).toMatchObject({ "mulberry.page_loads.lost": 3 });
  });

  test("counts no span in which nobody was there", async () => {
    await look(on, probes, { ...usage, isActive: () => Promise.resolve(false) });
    expect(recorder.meter.snapshot().scalars).toEqual({});
  });

  test("is not taken while telemetry is off", async () => {
    await look({ ...on, telemetryEnabled: false }, [
      { name: "never", look: () => Promise.reject(new Error("asked")) },
    ]);
    expect(log).toEqual([]);
    expect(recorder.recording.scene).toBeNull();
    expect(await store.get("measures")).toBeUndefined();
  });

  test("goes on where a probe of this browser cannot look, and says so", async () => {
    await look(on, probes, {
      ...usage,
      openTabs: () => Promise.reject(new Error("no tabs here")),
    });
    expect(log).toMatchObject([{ level: "warn", fields: { probe: "tabs" } }]);
    expect(Object.keys(recorder.meter.snapshot().histograms)).toEqual(["MULBERRY_WINDOW_COUNT"]);
  });

  test("ends the part of the session whose environment was another one, and names the old", async () => {
    await look();
    const before = recorder.recording.scene;
    enrollments = [aStudyEnrollment()];
    await look();
    const { recording } = await open();
    expect(recording.over).toMatchObject([
      {
        reason: "environment-change",
        scene: before,
        measures: { histograms: { MULBERRY_TAB_COUNT: { sum: 14 } } },
      },
    ]);
    expect(recording.scene?.environment.experiments).toHaveProperty("tab-study");
    expect(recording.session.subsessionCounter).toBe(2);
    await look();
    expect(recorder.recording.over).toHaveLength(1);
    expect(recorder.meter.snapshot().histograms["MULBERRY_TAB_COUNT"]?.sum).toBe(7);
  });
});

describe("a part of a session ends", () => {
  const midnight = Date.UTC(2026, 10, 22, 23);
  const zoneMinutes = 60;
  const minuteMs = 60_000;
  const lasting = (subsessionStartMs: number) => ({
    session: aSession({ startMs: subsessionStartMs - 1, subsessionStartMs }),
    scene: aScene(),
  });
  const reasonAt = (nowMs: number, fromMs: number, scene = aScene()) =>
    splitReason(lasting(fromMs), scene, nowMs, zoneMinutes);

  test.each([
    ["not before midnight", midnight - 1, undefined],
    ["at midnight", midnight, "daily"],
    ["at the first look after it", midnight + 4 * minuteMs, "daily"],
  ])("%s", (_, nowMs, reason) => {
    expect(reasonAt(nowMs, midnight - 60 * minuteMs)).toBe(reason);
  });

  test.each([
    ["not before it has lasted five minutes", 5 * minuteMs - 1, undefined],
    ["once it has", 5 * minuteMs, "daily"],
  ])("%s", (_, lastedMs, reason) => {
    expect(reasonAt(midnight + minuteMs, midnight + minuteMs - lastedMs)).toBe(reason);
  });

  test.each([
    ["not before it has lasted five minutes", 5 * minuteMs - 1, undefined],
    ["once it has", 5 * minuteMs, "environment-change"],
  ])("with another environment: %s", (_, lastedMs, reason) => {
    const noon = midnight - 12 * 60 * minuteMs;
    expect(reasonAt(noon, noon - lastedMs, aScene({ locale: "fr" }))).toBe(reason);
  });

  test("for another environment rather than for midnight: only so is it told as the old one", () => {
    const scene = aScene({ locale: "fr" });
    expect(reasonAt(midnight, midnight - 60 * minuteMs, scene)).toBe("environment-change");
  });

  test("not for another build, nor while nobody has looked yet", () => {
    const noon = midnight - 12 * 60 * minuteMs;
    const build = aScene({ buildId: "20270101000000" });
    expect(reasonAt(noon, noon - 10 * minuteMs, build)).toBeUndefined();
    const unseen = { ...lasting(noon - 10 * minuteMs), scene: null };
    expect(splitReason(unseen, aScene(), noon, zoneMinutes)).toBeUndefined();
  });

  test("also where the clock was set back a day since it began", () => {
    expect(reasonAt(midnight - 1, midnight + 60 * minuteMs)).toBe("daily");
  });
});
