import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryStore } from "#core/memory.ts";
import type { Store } from "#core/ports.ts";
import { flush } from "#extension/telemetry/flush.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import { someBooks } from "#kit/bench.ts";
import { aUuid, aWorld, TestClock, TestRandom } from "#kit/client.ts";
import { anAuthority } from "#kit/authority.ts";
import { someMeters } from "#kit/probes.ts";
import { aScene, aSession } from "#kit/sessions.ts";
import { parsePing } from "#telemetry/parse.ts";

const startMs = 1_795_000_000_000;
let store: MemoryStore;
let clock: TestClock;
let random: TestRandom;
beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(startMs + 1_000);
  random = new TestRandom();
});
const open = (atMs = startMs, hasEndedWell = false, on: Store = store) =>
  StoredRecorder.open(on, clock, random, atMs, someMeters(), hasEndedWell);

/** A browser that measured a run of so many milliseconds, and saved that. */
async function lived(runMs: number, atMs = startMs): Promise<StoredRecorder> {
  const recorder = await open(atMs);
  recorder.see(aScene());
  recorder.meter.sample("MULBERRY_RUN_MS", runMs);
  await recorder.save();
  return recorder;
}
const runs = (sum: number) => ({ histograms: { MULBERRY_RUN_MS: { sum } } });

describe("what was measured", () => {
  test("is there again when the page starts anew, for the same part of the session", async () => {
    await lived(40);
    const again = await open();
    again.meter.sample("MULBERRY_RUN_MS", 2);
    expect(again.meter.snapshot()).toMatchObject(runs(42));
    expect(again.recording).toMatchObject({ session: aSession(), scene: aScene(), over: [] });
  });

  test("is stored without an event, and not twice", async () => {
    let writes = 0;
    const counting: Store = {
      get: (key) => store.get(key),
      remove: (keys) => store.remove(keys),
      set: (values) => {
        writes += 1;
        return store.set(values);
      },
    };
    const recorder = await open(startMs, false, counting);
    recorder.meter.sample("MULBERRY_RUN_MS", 40);
    await recorder.save();
    await recorder.save();
    expect(writes).toBe(1);
  });

  test("is nothing when what was stored is damaged", async () => {
    await lived(40);
    await store.set({ measures: { snapshot: { histograms: 1 } } });
    expect((await open()).meter.snapshot()).toEqual(someMeters().snapshot());
  });
});

describe("a part of a session", () => {
  test("ends with what was measured in it, and the next begins with nothing", async () => {
    const recorder = await lived(40);
    clock.set(startMs + 600_000);
    recorder.split("environment-change", aScene({ locale: "de" }), random);
    expect(recorder.recording.over).toMatchObject([
      {
        reason: "environment-change",
        session: aSession(),
        endMs: startMs + 600_000,
        scene: aScene(),
        measures: runs(40),
      },
    ]);
    expect(recorder.recording).toMatchObject({
      scene: aScene({ locale: "de" }),
      session: aSession({
        subsessionId: aUuid(3),
        previousSubsessionId: aUuid(2),
        subsessionStartMs: startMs + 600_000,
        subsessionCounter: 2,
        profileSubsessionCounter: 2,
      }),
    });
    expect(recorder.meter.snapshot()).toEqual(someMeters().snapshot());
    await recorder.save();
    expect((await open()).recording).toEqual(recorder.recording);
  });

  test("has the scene that was seen first", async () => {
    const recorder = await lived(40);
    recorder.see(aScene({ locale: "fr" }));
    expect(recorder.recording.scene).toEqual(aScene());
  });
});

describe("a session that is over", () => {
  test.each([
    [false, "aborted-session"],
    [true, "shutdown"],
  ])("and is known to have ended well: %s, is told of as %s", async (hasEndedWell, reason) => {
    await lived(40);
    clock.set(startMs + 900_000);
    const next = await open(startMs + 800_000, hasEndedWell);
    expect(next.recording.over).toMatchObject([
      // When it was last heard of: nobody saw the end itself.
      { reason, session: aSession(), endMs: startMs + 1_000, scene: aScene(), measures: runs(40) },
    ]);
    expect(next.meter.snapshot()).toEqual(someMeters().snapshot());
  });

  test("is followed by one that names it, and its last part and build", async () => {
    const before = await lived(40);
    before.split("daily", aScene({ buildId: "20270101000000" }), random);
    await before.save();
    const next = await open(startMs + 800_000);
    expect(next.recording.session).toEqual(
      aSession({
        sessionId: aUuid(4),
        subsessionId: aUuid(5),
        startMs: startMs + 800_000,
        subsessionStartMs: startMs + 800_000,
        previousSessionId: aUuid(1),
        previousSubsessionId: aUuid(3),
        subsessionCounter: 1,
        profileSubsessionCounter: 3,
        lastBuildId: "20270101000000",
      }),
    );
    expect(next.recording.over.map(({ reason }) => reason)).toEqual(["daily", "aborted-session"]);
  });

  test("is told of once, whoever starts next and however often", async () => {
    await lived(40);
    for (const later of [800_000, 800_000, 900_000]) {
      const next = await open(startMs + later);
      next.meter.sample("MULBERRY_RUN_MS", 1);
      await next.save();
    }
    const { recording } = await open(startMs + 900_000);
    expect(recording.over.map(({ measures }) => measures.histograms)).toMatchObject([
      runs(40).histograms,
      runs(2).histograms,
    ]);
  });

  test("leaves nothing behind once telemetry is off", async () => {
    const recorder = await lived(40);
    recorder.split("daily", aScene(), random);
    const books = await someBooks(store);
    const { ports, settings } = aWorld(await anAuthority());
    const off = { ...settings.current, telemetryEnabled: false };
    await flush(recorder, books, off, "periodic", { ...ports, store, clock, random });
    const after = await open();
    expect(after.recording).toMatchObject({
      over: [],
      scene: null,
      session: {
        previousSessionId: null,
        previousSubsessionId: null,
        subsessionCounter: 1,
        profileSubsessionCounter: 1,
      },
    });
    expect(after.recording.session.sessionId).not.toBe(aUuid(1));
    expect(after.meter.snapshot()).toEqual(someMeters().snapshot());
  });
});

test("whatever write fails and whenever it is killed, no sample is lost that was saved, and none counts twice", async () => {
  const deed = fc.constantFrom("sample", "save", "split", "flush", "kill", "restart" as const);
  const { ports, settings, network } = aWorld(await anAuthority());
  network.posts = () => ({ kind: "offline" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { maxLength: 24 }),
      fc.array(fc.boolean(), { maxLength: 24 }),
      async (deeds, fails) => {
        store = new MemoryStore();
        const failing = [...fails];
        const flaky: Store = {
          get: (key) => store.get(key),
          remove: (keys) => store.remove(keys),
          set: async (values) => {
            if (failing.shift() === true) throw new Error("full");
            await store.set(values);
          },
        };
        const on = { ...ports, store: flaky, clock, random };
        let start = startMs;
        let recorder = await open(start, false, flaky);
        /** What each sample counts: in base 4, so that one which counts twice shows as a 2. */
        let next = 1;
        let recorded = 0;
        let saved = 0;
        const check = async (): Promise<void> => {
          const digits = (await counted()).toString(4);
          expect(digits).toMatch(/^[01]+$/u);
          const least = saved.toString(4).padStart(digits.length, "0");
          for (const [index, digit] of Array.from(digits).entries())
            if (least[index] === "1") expect(digit).toBe("1");
        };
        for (const one of deeds) {
          clock.advance(1_000);
          if (one === "sample" && next < 2 ** 30) {
            recorder.meter.sample("MULBERRY_RUN_MS", next);
            recorded += next;
            next *= 4;
          } else if (one === "save") {
            const by = recorded;
            await recorder.save().then(
              () => (saved = by),
              () => undefined,
            );
          } else if (one === "split") recorder.split("daily", aScene(), random);
          else if (one === "flush")
            await flush(recorder, await someBooks(store), settings.current, "periodic", on).catch(
              () => undefined,
            );
          else if (one !== "sample") {
            if (one === "restart") start = clock.nowMs();
            recorder = await open(start, false, flaky);
            // What nobody had saved is gone, or was written beside something else.
            recorded = saved = await counted();
          }
          await check();
        }
        failing.length = 0;
        await recorder.save();
        expect(await counted()).toBe(recorded);
      },
    ),
    { numRuns: 300 },
  );

  /** Samples in pings, in parts that are over and in the one that goes on. */
  async function counted(): Promise<number> {
    const outbox = await Outbox.open(store);
    const bodies = await Promise.all(outbox.waiting().map(({ id }) => outbox.body(id)));
    const pings = bodies.map((body) => parsePing(JSON.parse(body ?? "")));
    const sent = pings.flatMap((ping) => (ping.type === "main" ? [ping.payload] : []));
    const { recording, meter } = await open(-1);
    const over = recording.over.map(({ measures }) => measures);
    return [...sent, ...over, meter.snapshot()].reduce(
      (sum, { histograms }) => sum + (histograms["MULBERRY_RUN_MS"]?.sum ?? 0),
      0,
    );
  }
});
