import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "#core/ports.ts";
import { archiveLimits, readArchive, readArchived } from "#extension/telemetry/archive.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { upload } from "#extension/telemetry/upload.ts";
import { anAuthority } from "#kit/authority.ts";
import {
  anAnswer,
  aUuid,
  aWorld,
  ScriptedNetwork,
  serverUrl,
  TestClock,
  TestRandom,
} from "#kit/client.ts";
import { aLife, Killed } from "#kit/mortality.ts";
import { NamedStore } from "#kit/named-store.ts";
import { aDeletionRequest, aMainPing, aPing } from "#kit/pings.ts";

let store: NamedStore;
let clock: TestClock;
let network: ScriptedNetwork;
const log = { write: () => undefined };
const random = new TestRandom();

beforeEach(() => {
  store = new NamedStore();
  clock = new TestClock(1_795_000_000_000);
  network = new ScriptedNetwork();
});

const numbered = (number: number) => aPing({ id: aUuid(number) });
/** One whose JSON takes about that many bytes. */
const large = (number: number, bytes: number) =>
  aPing({
    id: aUuid(number),
    payload: {
      events: { parent: [[0, "normandy", "enroll", "addon_rollout", "s".repeat(bytes), null]] },
    },
  });

async function send(ping: Parameters<Outbox["add"]>[0], on: Store = store): Promise<void> {
  const outbox = await Outbox.open(on);
  await outbox.add(ping, clock.nowMs(), {});
  await upload(outbox, serverUrl, { store: on, clock, network, log, random }, { isEager: true });
}

const kept = async (): Promise<readonly string[]> =>
  (await readArchive(store, clock.nowMs())).map(({ id }) => id);

describe("the archive of what was sent", () => {
  test("has every ping that the server took as it was, the last one first, with the moment", async () => {
    await send(aMainPing());
    clock.advance(60_000);
    await send(numbered(2));
    const [last, first] = await readArchive(store, clock.nowMs());
    expect(last).toMatchObject({ id: aUuid(2), type: "event", sentMs: clock.nowMs() });
    expect(first).toMatchObject({ type: "main", createdMs: Date.parse(aMainPing().creationDate) });
    expect(await readArchived(aMainPing().id, store)).toBe(JSON.stringify(aMainPing()));
    expect(first?.bytes).toBe(Buffer.byteLength(JSON.stringify(aMainPing())));
  });

  test("has nothing that waits, or that the server refused", async () => {
    network.posts = () => ({ kind: "offline" });
    await send(numbered(1));
    expect(await kept()).toEqual([]);
    network.posts = () => anAnswer("", { status: 400 });
    await upload(
      await Outbox.open(store),
      serverUrl,
      { store, clock, network, log, random },
      { isEager: true },
    );
    expect(await kept()).toEqual([]);
    expect(store.namesUnder("archive/")).toEqual([]);
  });

  test("drops the oldest beyond 500 pings", async () => {
    for (let number = 1; number <= archiveLimits.pings + 2; number += 1)
      await send(numbered(number));
    const left = await kept();
    expect(left).toHaveLength(500);
    expect(left.at(-1)).toBe(aUuid(3));
    // The body of the one that left last goes with the next write.
    expect(store.namesUnder("archive/").length).toBeLessThanOrEqual(501);
  });

  test("drops the oldest beyond 2 MiB, and never keeps what alone is larger", async () => {
    for (const number of [1, 2, 3, 4]) await send(large(number, 600 * 1024));
    expect(await kept()).toEqual([aUuid(4), aUuid(3), aUuid(2)]);
    await send(large(5, archiveLimits.bytes));
    expect(await kept()).toEqual([aUuid(4), aUuid(3), aUuid(2)]);
  });

  test("shows nothing that is older than 60 days, and drops it with what is sent next", async () => {
    await send(numbered(1));
    clock.advance(archiveLimits.ageMs);
    await send(numbered(2));
    expect(await kept()).toEqual([aUuid(2), aUuid(1)]);
    clock.advance(1);
    expect(await kept()).toEqual([aUuid(2)]);
    await send(numbered(3));
    await send(numbered(4));
    expect(store.namesUnder("archive/")).toEqual(
      [2, 3, 4].map((number) => `archive/${aUuid(number)}`),
    );
  });

  test("is empty when its index is damaged, and begins anew", async () => {
    await store.set({ archive: { kept: [{ id: 1 }] } });
    expect(await kept()).toEqual([]);
    await send(numbered(2));
    expect(await kept()).toEqual([aUuid(2)]);
  });

  test.each(["before", "after"] as const)(
    "survives a kill %s any call of the store: every ping waits or is kept, with its body, and no body is left over",
    async (when) => {
      let limit = 0;
      for (let isThrough = false; !isThrough; limit += 1) {
        store = new NamedStore();
        for (const number of [1, 2, 3]) await send(large(number, 600 * 1024));
        const { wrap } = aLife(limit, when);
        try {
          await send(large(4, 600 * 1024), wrap<Store>(store));
          isThrough = true;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        const waiting = (await Outbox.open(store)).waiting().map(({ id }) => id);
        const all = [...waiting, ...(await kept())];
        expect(new Set(all).size).toBe(all.length);
        for (const id of await kept()) expect(await readArchived(id, store)).toBeDefined();
        await send(numbered(5));
        await send(numbered(6));
        const bodies = (await kept()).map((id) => `archive/${id}`).sort();
        expect(store.namesUnder("archive/")).toEqual(bodies);
      }
      expect(limit).toBeGreaterThan(5);
    },
  );

  test("is gone with telemetry off, bodies and all: its ids would tell who begins anew", async () => {
    const world = aWorld(await anAuthority());
    const outbox = await Outbox.open(world.store);
    await outbox.add(numbered(1), world.clock.nowMs(), {});
    await upload(outbox, serverUrl, world.ports, { isEager: true });
    expect(await readArchive(world.store, world.clock.nowMs())).toHaveLength(1);
    const client = world.client();
    await client.setSwitch("telemetry_enabled", false);
    expect(await readArchive(world.store, world.clock.nowMs())).toEqual([]);
    expect(await readArchived(aUuid(1), world.store)).toBeUndefined();
  });

  test("does not keep a wish to be forgotten: it names the client that is", async () => {
    await send(aDeletionRequest());
    expect(network.asked).toHaveLength(1);
    expect(await kept()).toEqual([]);
  });
});
