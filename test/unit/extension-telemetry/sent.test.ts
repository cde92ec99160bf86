import { beforeEach, describe, expect, test } from "vitest";
import { someMeters } from "#kit/probes.ts";
import {
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemorySettings,
  MemoryStore,
} from "#core/memory.ts";
import type { Ports } from "#core/ports.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { flush } from "#extension/telemetry/flush.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import { sentLimit } from "#extension/telemetry/sent.ts";
import { readTold } from "#extension/telemetry/told.ts";
import { upload } from "#extension/telemetry/upload.ts";
import { someBooks } from "#kit/bench.ts";
import { anAnswer, aUuid, ScriptedNetwork, serverUrl, TestClock, TestRandom } from "#kit/client.ts";
import { aHeartbeatPing, anEnrollEvent, anEnrollmentId, aPing, anUptakeEvent } from "#kit/pings.ts";

let store: MemoryStore;
let clock: TestClock;
let network: ScriptedNetwork;
let ports: Ports;

beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(1_795_000_000_000);
  network = new ScriptedNetwork();
  ports = {
    clock,
    random: new TestRandom(),
    store,
    settings: new MemorySettings(),
    preferences: new MemoryPreferences(),
    beacon: new MemoryBeacon(),
    mirror: new MemoryMirror(),
    network,
    tokens,
    facts: new MemoryFacts({ locale: "de-AT" }),
    log: { write: () => undefined },
  };
});

const enrolled = {
  method: "enroll",
  object: "preference_study",
  slug: "tab-study",
  extra: { experimentType: "exp", branch: "treatment", enrollmentId: anEnrollmentId },
};

async function waiting(...pings: readonly Parameters<Outbox["add"]>[0][]): Promise<Outbox> {
  const outbox = await Outbox.open(store);
  for (const ping of pings) await outbox.add(ping, clock.nowMs(), {});
  return outbox;
}

describe("what the person can read of what was sent", () => {
  test("is what the server took, with the moment, and of it what is about changes", async () => {
    const outbox = await waiting(aPing({ id: aUuid(1) }));
    expect(await readTold(store)).toEqual([{ ...enrolled, sentMs: null }]);
    await upload(outbox, serverUrl, ports);
    expect(await readTold(store)).toEqual([{ ...enrolled, sentMs: clock.nowMs() }]);
  });

  test("names what was recorded and is in no ping yet as not sent", async () => {
    const recorder = await StoredRecorder.open(store, clock, ports.random, 0, someMeters());
    recorder.event({
      method: "graduate",
      object: "preference_rollout",
      value: "r",
      extra: { reason: "all-prefs-match" },
    });
    recorder.uptake("normandy/runner", "success");
    await recorder.save();
    expect(await readTold(store)).toEqual([
      {
        method: "graduate",
        object: "preference_rollout",
        slug: "r",
        extra: { reason: "all-prefs-match" },
        sentMs: null,
      },
    ]);
  });

  test("is not what the server refused or never got, nor what has nothing of changes in it", async () => {
    network.posts = () => anAnswer("", { status: 400 });
    await upload(await waiting(aPing({ id: aUuid(1) })), serverUrl, ports);
    expect(await readTold(store)).toEqual([]);
    network.posts = () => anAnswer("");
    const quiet = aPing({ id: aUuid(2), payload: { events: { parent: [anUptakeEvent()] } } });
    const survey = { ...aHeartbeatPing(), id: aUuid(3) };
    await upload(await waiting(quiet, survey), serverUrl, ports, { isEager: true });
    expect(await readTold(store)).toEqual([]);
  });

  test("stays without its IDs when reports are switched off, while what waited is gone", async () => {
    await upload(await waiting(aPing({ id: aUuid(1) })), serverUrl, ports);
    await waiting(aPing({ id: aUuid(2) }));
    const recorder = await StoredRecorder.open(store, clock, ports.random, 0, someMeters());
    const off = new MemorySettings({ serverUrl, telemetryEnabled: false }).current;
    await flush(recorder, await someBooks(store), off, "periodic", ports);
    const extra = { ...enrolled.extra, enrollmentId: "__NO_ENROLLMENT_ID__" };
    expect(await readTold(store)).toEqual([{ ...enrolled, extra, sentMs: clock.nowMs() }]);
  });

  test("has an end: the oldest go first", async () => {
    const parent = Array.from({ length: 300 }, anEnrollEvent);
    await upload(
      await waiting(aPing({ id: aUuid(1), payload: { events: { parent } } })),
      serverUrl,
      ports,
    );
    clock.advance(1000);
    await upload(
      await waiting(aPing({ id: aUuid(2), payload: { events: { parent } } })),
      serverUrl,
      ports,
    );
    const told = await readTold(store);
    expect(told).toHaveLength(sentLimit);
    expect(told.filter(({ sentMs }) => sentMs === clock.nowMs())).toHaveLength(300);
  });

  test("outlives a damaged record", async () => {
    await store.set({ sent: "?", recorder: 1, outbox: {} });
    expect(await readTold(store)).toEqual([]);
  });
});
