import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import type { Store } from "#core/ports.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { parsePing } from "#telemetry/parse.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { anAnswer, aWorld, type World } from "#kit/client.ts";
import { aConsoleLog, aRollout } from "#kit/recipes.ts";

// Telemetry off, and on again: what happened in between is told to nobody, and nobody is known again.

let authority: Authority;
let world: World;
let client: Client;

beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  world = aWorld(authority);
  world.network.serve(await authority.bundle({ recipes: [aConsoleLog(), aRollout({ id: 2 })] }));
  client = world.client();
  await client.start();
  await client.flush();
});

async function telemetry(isOn: boolean): Promise<void> {
  world.settings.current = { ...world.settings.current, telemetryEnabled: isOn };
  await client.settingChanged("telemetry_enabled");
}
const posts = (): readonly string[] =>
  world.network.asked.flatMap(({ json }) => (json === undefined ? [] : [json]));
const clientIds = (json: string): readonly string[] =>
  json.match(/(?<="clientId":")[0-9a-f-]{36}/gu) ?? [];
const waitingTypes = async (): Promise<readonly string[]> =>
  (await Outbox.open(world.store)).waiting().map(({ path }) => path.split("/")[4] ?? "");
const identifiers = (json: string): readonly string[] =>
  json.match(/(?<=Id":")[0-9a-f-]{36}/gu) ?? [];

async function nextPing(): Promise<string> {
  world.network.asked.length = 0;
  await client.request("timer");
  await client.flush();
  const isWish = (json: string): boolean => json.includes("deletion-request");
  return posts()
    .filter((json) => !isWish(json))
    .join("\n");
}

describe("what happens while telemetry is off", () => {
  test.each([
    ["at once", () => Promise.resolve()],
    ["by a page that was stopped", () => Promise.resolve(void (client = world.client()))],
  ])("is not told when it is on again, %s", async (_when, meanwhile) => {
    await telemetry(false);
    await client.leave("preference-rollout/fast-tabs");
    await meanwhile();
    await telemetry(true);
    const told = await nextPing();
    expect(told).toContain("normandy/recipe/1");
    expect(told).not.toContain("unenroll");
  });

  test("leaves nothing behind from before, at once", async () => {
    world.network.posts = () => ({ kind: "offline" });
    await client.request("timer");
    await client.flush();
    expect(await waitingTypes()).toEqual(["health", "event"]);
    await telemetry(false);
    expect(await waitingTypes()).toEqual(["deletion-request"]);
    expect(await world.store.get("client_id")).toBeUndefined();
  });

  test("sends nothing but the wish to be forgotten, of which only the client id says whose it is", async () => {
    const [clientId] = clientIds(posts().at(-1) ?? "");
    await telemetry(false);
    expect(world.wakes).toContainEqual({ name: "telemetry", whenMs: world.clock.nowMs() });
    world.network.asked.length = 0;
    await client.request("timer");
    await client.leave("preference-rollout/fast-tabs");
    for (let hours = 0; hours < 3; hours += 1) await client.flush();
    const [wish = "", ...others] = posts();
    expect(others).toEqual([]);
    expect(parsePing(JSON.parse(wish))).toMatchObject({ type: "deletion-request", clientId });
    expect(identifiers(wish)).toEqual([clientId]);
    expect(await world.events()).toEqual([]);
  });
});

describe("the wish to be forgotten", () => {
  test("is sent until the server takes it, whatever happens meanwhile, and once for each client id", async () => {
    const wishes: string[] = [];
    const [first] = clientIds(posts().at(-1) ?? "");
    world.network.posts = ({ json = "" }) => {
      if (json.includes("deletion-request")) wishes.push(json);
      return { kind: "offline" };
    };
    for (const isOn of [false, true, false, false]) {
      await telemetry(isOn);
      client = world.client();
      await client.start();
      await client.request("timer");
      world.clock.advance(3 * 3_600_000);
      await client.flush();
    }
    expect(await waitingTypes()).toEqual(["deletion-request", "deletion-request"]);
    expect(wishes.length).toBeGreaterThan(2);
    world.network.posts = () => anAnswer("");
    world.network.asked.length = 0;
    world.clock.advance(3 * 3_600_000);
    await client.flush();
    expect(await waitingTypes()).toEqual([]);
    const asked = posts().flatMap(clientIds);
    expect(asked).toHaveLength(2);
    expect(asked).toContain(first);
    expect(new Set(asked).size).toBe(2);
  });

  test("is made by no client that has told nothing", async () => {
    world = aWorld(authority, { settings: { telemetryEnabled: false } });
    await world.client().start();
    expect(await waitingTypes()).toEqual([]);
  });

  test("is not lost, and made once, whichever write a kill cuts off", async () => {
    for (let writes = 0; writes < 12; writes += 1) {
      world = aWorld(authority);
      world.network.posts = () => ({ kind: "offline" });
      client = world.client();
      await client.start();
      await client.flush();
      let left = writes;
      const dying = async <T>(write: () => Promise<T>): Promise<T> => {
        left -= 1;
        if (left < 0) throw new Error("killed");
        return write();
      };
      const store: Store = {
        get: (key) => world.store.get(key),
        set: (values) => dying(() => world.store.set(values)),
        remove: (keys) => dying(() => world.store.remove(keys)),
      };
      world.settings.current = { ...world.settings.current, telemetryEnabled: false };
      const killed = world.client({ ...world.ports, store });
      await killed.settingChanged("telemetry_enabled").catch(() => undefined);
      await world.client().start();
      expect(await waitingTypes(), String(writes)).toEqual(["deletion-request"]);
    }
  });
});

test.each([false, true])(
  "no identifier is the same before and after, however short it was off (%s)",
  async (isSwift) => {
    const before = identifiers(await nextPing());
    expect(before.length).toBeGreaterThan(2);
    if (isSwift) {
      await Promise.all([telemetry(false), telemetry(true)]);
    } else {
      await telemetry(false);
      await telemetry(true);
    }
    const after = identifiers(await nextPing());
    expect(after.length).toBeGreaterThan(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  },
);
