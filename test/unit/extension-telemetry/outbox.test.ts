import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { flush } from "#extension/telemetry/flush.ts";
import { Outbox, outboxLimit } from "#extension/telemetry/outbox.ts";
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
import { parsePing } from "#telemetry/parse.ts";
import { someBooks } from "#kit/bench.ts";
import { someMeters } from "#kit/probes.ts";
import { aDeletionRequest, aPing } from "#kit/pings.ts";
import {
  aUuid,
  type LogLine,
  ScriptedNetwork,
  serverUrl,
  TestClock,
  TestRandom,
} from "#kit/client.ts";

let store: MemoryStore;
let clock: TestClock;
let network: ScriptedNetwork;
let log: LogLine[];
const settings = (said = {}) => new MemorySettings({ serverUrl, ...said }).current;

beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(1_795_000_000_000);
  network = new ScriptedNetwork();
  log = [];
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
describe("the outbox", () => {
  test("gives pings back newest first, also after a restart, until they are removed", async () => {
    const outbox = await filled(3);
    const again = await Outbox.open(store);
    expect(again.waiting()).toEqual(outbox.waiting());
    expect(again.waiting().map(({ id }) => id)).toEqual([aUuid(3), aUuid(2), aUuid(1)]);
    expect(JSON.parse((await again.body(aUuid(2))) ?? "")).toEqual(numbered(2));
    await again.remove(aUuid(2));
    expect(again.waiting().map(({ id }) => id)).toEqual([aUuid(3), aUuid(1)]);
    expect(await again.body(aUuid(2))).toBeUndefined();
    expect((await Outbox.open(store)).waiting()).toHaveLength(2);
  });

  test("names the place to submit to, nothing in it left empty or unescaped", async () => {
    const outbox = await Outbox.open(store);
    const { application } = aPing();
    await outbox.add(
      aPing({ application: { ...application, version: "", channel: "a/b?c" } }),
      0,
      {},
    );
    expect(outbox.waiting()[0]?.path).toBe(
      `/submit/telemetry/${aPing().id}/event/Firefox/unknown/a%2Fb%3Fc/20261020123456?v=4`,
    );
  });

  test("drops the oldest beyond 200, and says which", async () => {
    const outbox = await filled(outboxLimit);
    const dropped = await outbox.add(numbered(999), 0, {});
    expect(dropped.map(({ id }) => id)).toEqual([aUuid(1)]);
    expect(outbox.waiting()).toHaveLength(200);
    expect(await outbox.body(aUuid(1))).toBeUndefined();
    expect(await outbox.body(aUuid(2))).toBeDefined();
  });

  test("is empty after it was closed without a last ping, bodies and all", async () => {
    const outbox = await filled(2);
    await outbox.close(undefined, 0, {});
    expect(outbox.waiting()).toEqual([]);
    expect(await outbox.body(aUuid(1))).toBeUndefined();
    expect((await Outbox.open(store)).waiting()).toEqual([]);
  });

  test("keeps what is owed: closed again, and full, and before everything else", async () => {
    const outbox = await filled(1);
    await outbox.close(aDeletionRequest({ id: aUuid(500) }), 0, { beside: true });
    await outbox.close(aDeletionRequest({ id: aUuid(501) }), 0, {});
    expect(await store.get("beside")).toBe(true);
    for (let number = 1; number <= outboxLimit; number += 1)
      await outbox.add(numbered(number), 0, {});
    const ids = (await Outbox.open(store)).waiting().map(({ id }) => id);
    expect(ids).toHaveLength(outboxLimit);
    expect(ids.slice(0, 3)).toEqual([501, 500, outboxLimit].map(aUuid));
    expect(JSON.parse((await outbox.body(aUuid(500))) ?? "")).toMatchObject({
      type: "deletion-request",
    });
  });

  test("is empty when what was stored is damaged", async () => {
    await store.set({ outbox: [{ id: 1 }] });
    expect((await Outbox.open(store)).waiting()).toEqual([]);
  });

  test("whatever write fails, an event is in one ping or still recorded, never in both or none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (fails) => {
        store = new MemoryStore();
        network = new ScriptedNetwork();
        network.posts = () => ({ kind: "offline" });
        let write = 0;
        const flaky: Store = {
          get: (key) => store.get(key),
          remove: (keys) => store.remove(keys),
          set: async (values) => {
            write += 1;
            if (fails[write - 1] === true) throw new Error("full");
            await store.set(values);
          },
        };
        const on = portsOn(flaky);
        let recorder = await StoredRecorder.open(flaky, clock, on.random, 0, someMeters());
        const wanted: string[] = [];
        for (let round = 0; round < 6; round += 1) {
          const value = `event-${String(round)}`;
          recorder.event({ method: "enroll", object: "preference_rollout", value, extra: {} });
          try {
            await recorder.save();
          } catch {
            // Not saved: a kill now would lose it, and nobody was told otherwise.
            recorder = await StoredRecorder.open(flaky, clock, on.random, 0, someMeters());
            continue;
          }
          wanted.push(value);
          await flush(recorder, await someBooks(store), settings(), "periodic", on).catch(
            () => undefined,
          );
          if (round === 3)
            recorder = await StoredRecorder.open(flaky, clock, on.random, 0, someMeters());
        }
        const outbox = await Outbox.open(store);
        const bodies = await Promise.all(outbox.waiting().map(({ id }) => outbox.body(id)));
        const sent = bodies.flatMap((body) => slugsIn(body ?? ""));
        const left = (await StoredRecorder.open(store, clock, on.random, 0, someMeters())).recording
          .events;
        expect([...sent, ...left.map(([, , , , value]) => value)].sort()).toEqual(wanted);
        expect(recorder.recording.events).toEqual(left);
      }),
      { numRuns: 150 },
    );
  });
});

function slugsIn(body: string): string[] {
  const ping = parsePing(JSON.parse(body));
  return (ping.type === "event" ? (ping.payload.events.parent ?? []) : []).map(
    ([, , , , value]) => value ?? "",
  );
}
