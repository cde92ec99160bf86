import { beforeEach, describe, expect, test } from "vitest";
import { flush } from "#extension/telemetry/flush.ts";
import { isOwed, Outbox, outboxLimit } from "#extension/telemetry/outbox.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import {
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemorySettings,
  MemoryStore,
} from "#core/memory.ts";
import type { Ports, Store } from "#core/ports.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { someBooks } from "#kit/bench.ts";
import { someMeters } from "#kit/probes.ts";
import { aPing } from "#kit/pings.ts";
import {
  aUuid,
  type LogLine,
  ScriptedNetwork,
  serverUrl,
  TestClock,
  TestRandom,
} from "#kit/client.ts";
import { aStudyEnrollment } from "#kit/situation.ts";

let store: MemoryStore;
let clock: TestClock;
let network: ScriptedNetwork;
let log: LogLine[];
let ports: Ports;
const settings = (said = {}) => new MemorySettings({ serverUrl, ...said }).current;

beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(1_795_000_000_000);
  network = new ScriptedNetwork();
  log = [];
  ports = portsOn(store);
});

function portsOn(on: Store): Ports {
  return {
    clock,
    random: new TestRandom(),
    store: on,
    settings: new MemorySettings(),
    preferences: new MemoryPreferences(),
    network,
    tokens,
    beacon: new MemoryBeacon(),
    mirror: new MemoryMirror(),
    facts: new MemoryFacts({ locale: "de-AT" }),
    log: { write: (level, message, fields) => log.push({ level, message, fields }) },
  };
}

const numbered = (number: number) => aPing({ id: aUuid(number) });
async function filled(count: number): Promise<Outbox> {
  const outbox = await Outbox.open(store);
  for (let number = 1; number <= count; number += 1)
    await outbox.add(numbered(number), clock.nowMs(), {});
  return outbox;
}
describe("a flush", () => {
  const record = async () => {
    const recorder = await StoredRecorder.open(store, clock, ports.random, 0, someMeters());
    recorder.uptake("normandy/runner", "success");
    return recorder;
  };

  test("makes one ping of what was recorded, sends it, and leaves nothing behind", async () => {
    const recorder = await record();
    recorder.freshness(1, 2);
    expect(
      await flush(recorder, await someBooks(store, [aStudyEnrollment()]), settings(), "max", ports),
    ).toEqual({
      sent: 1,
      refused: 0,
      waiting: 0,
    });
    const ping: unknown = JSON.parse(network.asked[0]?.json ?? "");
    expect(ping).toMatchObject({
      type: "event",
      payload: { reason: "max", events: { parent: [{ 4: "success" }] } },
      environment: { settings: { locale: "de-AT" }, experiments: { "tab-study": {} } },
    });
    expect(recorder.recording).toMatchObject({ events: [], freshness: {} });
  });

  test("makes none when there is nothing, and one of freshness alone", async () => {
    const recorder = await StoredRecorder.open(store, clock, ports.random, 0, someMeters());
    await flush(recorder, await someBooks(store), settings(), "periodic", ports);
    expect(network.asked).toEqual([]);
    recorder.freshness(1, 2);
    await flush(recorder, await someBooks(store), settings(), "periodic", ports);
    expect(network.asked).toHaveLength(1);
  });

  test("is the same client every time, and another ping", async () => {
    const sent = [];
    for (let round = 0; round < 2; round += 1) {
      await flush(await record(), await someBooks(store), settings(), "periodic", ports);
      sent.push(JSON.parse(network.asked[round]?.json ?? "") as { clientId: string; id: string });
    }
    expect(sent[0]?.clientId).toBe(sent[1]?.clientId);
    expect(sent[0]?.id).not.toBe(sent[1]?.id);
  });

  test("makes a new client when the stored one is nothing", async () => {
    await store.set({ client_id: "" });
    await flush(await record(), await someBooks(store), settings(), "periodic", ports);
    expect(network.asked[0]?.json).not.toContain('"clientId":""');
  });

  test("without a server keeps the ping for when there is one", async () => {
    const report = await flush(
      await record(),
      await someBooks(store),
      settings({ serverUrl: undefined }),
      "max",
      ports,
    );
    expect(report).toEqual({ sent: 0, refused: 0, waiting: 1 });
    expect(network.asked).toEqual([]);
  });

  test("with telemetry off keeps nothing but the wish to be forgotten", async () => {
    network.posts = () => ({ kind: "offline" });
    await flush(await record(), await someBooks(store), settings(), "periodic", ports);
    const recorder = await record();
    network.asked.length = 0;
    expect(
      await flush(
        recorder,
        await someBooks(store),
        settings({ telemetryEnabled: false }),
        "periodic",
        ports,
      ),
    ).toMatchObject({ sent: 0, refused: 0, waiting: 1 });
    // The failure before is still waited for.
    expect(network.asked).toEqual([]);
    expect(recorder.recording.events).toEqual([]);
    expect(
      (await StoredRecorder.open(store, clock, ports.random, 0, someMeters())).recording.events,
    ).toEqual([]);
    expect((await Outbox.open(store)).waiting().map(isOwed)).toEqual([true]);
    expect(await store.get("client_id")).toBeUndefined();
  });

  test("is eager in dev mode", async () => {
    network.posts = () => ({ kind: "offline" });
    await flush(
      await record(),
      await someBooks(store),
      settings({ devMode: true }),
      "periodic",
      ports,
    );
    await flush(
      await record(),
      await someBooks(store),
      settings({ devMode: true }),
      "periodic",
      ports,
    );
    expect(network.asked).toHaveLength(2);
    await flush(await record(), await someBooks(store), settings(), "periodic", ports);
    expect(network.asked).toHaveLength(2);
  });

  test("says when the outbox was full", async () => {
    network.posts = () => ({ kind: "offline" });
    await filled(outboxLimit);
    await flush(await record(), await someBooks(store), settings(), "periodic", ports);
    expect(log).toMatchObject([{ level: "warn", fields: { dropped: 1 } }]);
  });
});
