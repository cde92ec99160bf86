import { describe, expect, test } from "vitest";
import { MemorySettings, MemoryStore } from "#core/memory.ts";
import { dueTrigger, nextRunMs, readSchedule, writeSchedule } from "#core/schedule.ts";
import { nowMs } from "#kit/situation.ts";

const settings = new MemorySettings({ runIntervalSeconds: 100 }).current;
const dev = { ...settings, devMode: true };
const ran = { lastRunMs: nowMs, lastBuildId: "b1" };
const due = (
  state: Parameters<typeof dueTrigger>[0],
  atMs = nowMs,
  { of = settings, build = "b1", start = false } = {},
) => dueTrigger(state, of, build, atMs, start);

describe("a run is due", () => {
  test("at first, whatever else", () => {
    expect(due({})).toBe("first-run");
    expect(due({ lastBuildId: "b1" }, nowMs, { of: dev, start: true })).toBe("first-run");
    expect(due({ begun: "first-run" })).toBe("first-run");
  });

  test("again when the last one was cut off", () => {
    expect(due({ ...ran, begun: "timer" })).toBe("retry");
    expect(due({ ...ran, begun: "timer" }, nowMs, { build: "b2" })).toBe("retry");
  });

  test("in a new build of the browser", () => {
    expect(due(ran, nowMs, { build: "b2" })).toBe("new-build");
  });

  test("at the browser's start in dev mode, and only there", () => {
    expect(due(ran, nowMs, { of: dev, start: true })).toBe("dev-start");
    expect(due(ran, nowMs, { of: dev })).toBeUndefined();
    expect(due(ran, nowMs, { start: true })).toBeUndefined();
  });

  test("when the interval is over, to the millisecond", () => {
    expect(due(ran, nowMs + 99_999)).toBeUndefined();
    expect(due(ran, nowMs + 100_000)).toBe("timer");
  });

  test("when the clock went back: it must not silence us until it has caught up", () => {
    expect(due(ran, nowMs - 1)).toBe("timer");
  });

  test("when its number in dev mode changed, once", () => {
    const asked = { ...dev, runNow: 7 };
    expect(due(ran, nowMs, { of: asked })).toBe("run-now");
    expect(due({ ...ran, runNow: 7 }, nowMs, { of: asked })).toBeUndefined();
    expect(due({ ...ran, runNow: 7 }, nowMs, { of: { ...dev, runNow: 8 } })).toBe("run-now");
  });
});

describe("the timer", () => {
  test("rings one interval after the last run, and never in the past", () => {
    expect(nextRunMs(ran, settings, nowMs + 40_000)).toBe(nowMs + 100_000);
    expect(nextRunMs(ran, settings, nowMs + 400_000)).toBe(nowMs + 400_000);
    expect(nextRunMs({}, settings, nowMs)).toBe(nowMs + 100_000);
  });

  test("rings one interval from now when the clock went back", () => {
    expect(nextRunMs(ran, settings, nowMs - 1_000_000)).toBe(nowMs - 900_000);
  });
});

describe("what is remembered about running", () => {
  test("comes back as it was", async () => {
    const store = new MemoryStore();
    expect(await readSchedule(store)).toEqual({});
    await writeSchedule(store, { ...ran, begun: "timer" });
    expect(await readSchedule(store)).toEqual({ ...ran, begun: "timer" });
  });

  test.each([null, "x", { lastRunMs: "1" }])(
    "is nothing when it was damaged to %j",
    async (damage) => {
      const store = new MemoryStore();
      await store.set({ schedule: damage });
      expect(await readSchedule(store)).toEqual({});
    },
  );
});
