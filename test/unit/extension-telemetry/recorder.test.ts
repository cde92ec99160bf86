import { beforeEach, describe, expect, test } from "vitest";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import { MemoryStore } from "#core/memory.ts";
import type { NormandyEvent } from "#telemetry/events.ts";
import { TestClock, TestRandom, aUuid } from "#kit/client.ts";
import { someMeters } from "#kit/probes.ts";
import { aSession } from "#kit/sessions.ts";

const startMs = 1_000_000;
let store: MemoryStore;
let clock: TestClock;
let random: TestRandom;
beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(startMs + 1_500);
  random = new TestRandom();
});
const open = (atMs = startMs, on: Pick<MemoryStore, "get" | "set" | "remove"> = store) =>
  StoredRecorder.open(on, clock, random, atMs, someMeters());
const event = (value = "s"): NormandyEvent => ({
  method: "enroll",
  object: "preference_rollout",
  value,
  extra: {},
});

describe("a recorder", () => {
  test("keeps events, statuses and freshness, by the time since the session began", async () => {
    const recorder = await open();
    recorder.event(event());
    clock.advance(10.7);
    recorder.uptake("normandy/recipe/1", "backoff", "filter-mismatch");
    recorder.uptake("normandy/runner", "success");
    recorder.freshness(7, 123);
    recorder.freshness(7, 124);
    expect(recorder.recording).toEqual({
      session: aSession({ startMs, subsessionStartMs: startMs }),
      scene: null,
      log: [],
      over: [],
      events: [
        [1_500, "normandy", "enroll", "preference_rollout", "s", {}],
        [
          1_510,
          "uptake.remotecontent.result",
          "uptake",
          "normandy",
          "backoff",
          { source: "normandy/recipe/1", reason: "filter-mismatch" },
        ],
        [
          1_510,
          "uptake.remotecontent.result",
          "uptake",
          "normandy",
          "success",
          { source: "normandy/runner" },
        ],
      ],
      lost: 0,
      freshness: { 7: 124 },
    });
  });

  test("gives back what it saved, and nothing that it did not", async () => {
    const recorder = await open();
    recorder.event(event("kept"));
    recorder.freshness(1, 2);
    await recorder.save();
    recorder.event(event("gone"));
    expect((await open()).recording).toEqual({
      ...recorder.recording,
      events: recorder.recording.events.slice(0, 1),
    });
  });

  test("holds a thousand events and counts the rest", async () => {
    const recorder = await open();
    for (let count = 0; count < 1_003; count += 1) recorder.event(event(String(count)));
    expect(recorder.recording.events).toHaveLength(1_000);
    expect(recorder.recording.events.at(-1)?.[4]).toBe("999");
    expect(recorder.recording.lost).toBe(3);
    await recorder.save();
    expect((await open()).recording.lost).toBe(3);
  });

  test("writes only when there is something new", async () => {
    let writes = 0;
    const counting = {
      get: (key: string) => store.get(key),
      remove: (keys: readonly string[]) => store.remove(keys),
      set: (values: Readonly<Record<string, unknown>>) => {
        writes += 1;
        return store.set(values);
      },
    };
    const recorder = await open(startMs, counting);
    await recorder.save();
    expect(writes).toBe(0);
    recorder.event(event());
    await recorder.save();
    await recorder.save();
    expect(writes).toBe(1);
    recorder.freshness(1, 1);
    await recorder.save();
    expect(writes).toBe(2);
  });

  test("saves again what a failing store did not take, and what came meanwhile", async () => {
    let isFull = true;
    const full = {
      get: (key: string) => store.get(key),
      remove: (keys: readonly string[]) => store.remove(keys),
      set: async (values: Readonly<Record<string, unknown>>) => {
        if (isFull) throw new Error("full");
        await store.set(values);
      },
    };
    const recorder = await open(startMs, full);
    recorder.event(event("a"));
    await expect(recorder.save()).rejects.toThrow("full");
    isFull = false;
    const saving = recorder.save();
    recorder.event(event("b"));
    await saving;
    await recorder.save();
    expect((await open()).recording.events.map(([, , , , value]) => value)).toEqual(["a", "b"]);
  });

  test("does not count back when the clock does", async () => {
    clock.set(startMs - 5_000);
    const recorder = await open();
    recorder.event(event());
    expect(recorder.recording.events[0]?.[0]).toBe(0);
  });

  test.each([null, "x", { events: 1 }, { session: {}, events: [[1]], lost: 0, freshness: {} }])(
    "begins anew when what was stored is damaged to %j",
    async (damage) => {
      await store.set({ recorder: damage });
      expect((await open()).recording).toMatchObject({ events: [], lost: 0, freshness: {} });
    },
  );
});

describe("what is taken out", () => {
  test("leaves what came after it, and is forgotten only when the caller says so", async () => {
    const recorder = await open();
    recorder.event(event("a"));
    recorder.freshness(1, 10);
    recorder.freshness(2, 20);
    const taken = recorder.recording;
    recorder.event(event("b"));
    recorder.freshness(2, 21);
    const left = recorder.without(taken);
    expect(left.events.map(([, , , , value]) => value)).toEqual(["b"]);
    expect(left.freshness).toEqual({ 2: 21 });
    expect(recorder.recording.events).toHaveLength(2);
    recorder.forget(taken);
    expect(recorder.recording).toEqual(left);
    await recorder.save();
    expect((await open()).recording).toEqual(left);
  });

  test("takes the lost ones with it", async () => {
    const recorder = await open();
    for (let count = 0; count < 1_002; count += 1) recorder.event(event());
    const taken = recorder.recording;
    recorder.event(event());
    recorder.forget(taken);
    expect(recorder.recording).toMatchObject({ events: [], lost: 1 });
  });
});

describe("a session", () => {
  test("goes on while the browser does, however often the page starts", async () => {
    const first = await open();
    first.event(event());
    await first.save();
    clock.advance(60_000);
    const second = await open();
    expect(second.recording).toEqual(first.recording);
  });

  test("is a new one in a new browser process; what the last left lies at its beginning", async () => {
    const first = await open();
    first.event(event("old"));
    await first.save();
    clock.advance(60_000);
    const second = await open(startMs + 59_000);
    expect(second.recording.session).toEqual({
      sessionId: aUuid(3),
      subsessionId: aUuid(4),
      startMs: startMs + 59_000,
      subsessionStartMs: startMs + 59_000,
      previousSessionId: aUuid(1),
      previousSubsessionId: aUuid(2),
      subsessionCounter: 1,
      profileSubsessionCounter: 2,
      lastBuildId: null,
    });
    second.event(event("new"));
    expect(second.recording.events.map(([at, , , , value]) => [at, value])).toEqual([
      [0, "old"],
      [2_500, "new"],
    ]);
  });

  test.each([undefined, null, {}, { sessionId: 1, subsessionId: "", startMs }])(
    "that was stored as %j is none",
    async (session) => {
      await store.set({ recorder: { session, events: [], lost: 0, freshness: {} } });
      expect((await open()).recording.session).toEqual(
        aSession({ startMs, subsessionStartMs: startMs }),
      );
    },
  );
});
