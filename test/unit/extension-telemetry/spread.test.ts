import { beforeEach, describe, expect, test } from "vitest";
import { localMidnight, zoneMinutesAt } from "#extension/telemetry/local-time.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { nightAt } from "#extension/telemetry/spread.ts";
import { upload } from "#extension/telemetry/upload.ts";
import { MemoryStore } from "#core/memory.ts";
import { aPing } from "#kit/pings.ts";
import { aUuid, ScriptedNetwork, serverUrl, TestClock } from "#kit/client.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const someTimeMs = 1_795_000_000_000;

describe("the hour after midnight", () => {
  const random = { fraction: () => 0.25 };

  test.each([0, 60, -480, 345])("is the local one, %i minutes ahead of UTC", (zoneMinutes) => {
    const midnightMs = localMidnight(someTimeMs, zoneMinutes);
    expect(midnightMs).toBeLessThanOrEqual(someTimeMs);
    expect(someTimeMs - midnightMs).toBeLessThan(day);
    const at = (ms: number) => nightAt(midnightMs + ms, zoneMinutes, undefined, random);
    expect(at(0)?.untilMs).toBe(midnightMs + 15 * minute);
    expect(at(hour - 1)?.untilMs).toBe(midnightMs + 15 * minute);
    expect(at(hour)).toBeUndefined();
    expect(at(-1)).toBeUndefined();
  });

  test("has one moment for each browser, drawn once, and another in the next night", () => {
    const midnightMs = localMidnight(someTimeMs, 0);
    const first = nightAt(midnightMs, 0, undefined, random);
    const other = { fraction: () => 0.75 };
    expect(nightAt(midnightMs + minute, 0, first, other)).toBe(first);
    const next = nightAt(midnightMs + day, 0, first, other);
    expect(next?.untilMs).toBe(midnightMs + day + 45 * minute);
  });
});

describe("sending after midnight", () => {
  let store: MemoryStore;
  let clock: TestClock;
  let network: ScriptedNetwork;
  const midnightMs = localMidnight(someTimeMs, zoneMinutesAt(someTimeMs));
  beforeEach(() => {
    store = new MemoryStore();
    clock = new TestClock(midnightMs + minute);
    network = new ScriptedNetwork();
  });
  let draws = 0;
  const go = async (isEager = false) => {
    const random = { uuid: () => aUuid(1), fraction: () => (draws++ === 0 ? 0.5 : 0) };
    const log = { write: () => undefined };
    const outbox = await Outbox.open(store);
    return upload(outbox, serverUrl, { store, clock, network, random, log }, { isEager });
  };

  test("waits for this browser's moment, also when the page starts anew meanwhile", async () => {
    await (await Outbox.open(store)).add(aPing(), 0, {});
    for (const minutes of [1, 29]) {
      clock.set(midnightMs + minutes * minute);
      expect(await go()).toMatchObject({ waiting: 1, nextMs: midnightMs + 30 * minute });
    }
    expect(network.asked).toEqual([]);
    clock.set(midnightMs + 30 * minute);
    expect(await go()).toMatchObject({ sent: 1, waiting: 0 });
  });

  test("does not wait when QA is eager", async () => {
    await (await Outbox.open(store)).add(aPing(), 0, {});
    expect(await go(true)).toMatchObject({ sent: 1 });
  });
});
