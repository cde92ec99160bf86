import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aWorld, type World } from "#kit/client.ts";
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
const identifiers = (json: string): readonly string[] =>
  json.match(/(?<=Id":")[0-9a-f-]{36}/gu) ?? [];

async function nextPing(): Promise<string> {
  world.network.asked.length = 0;
  await client.request("timer");
  await client.flush();
  return posts().join("\n");
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
    expect(await world.store.get("outbox")).toHaveLength(1);
    await telemetry(false);
    expect(await world.store.get("outbox")).toEqual([]);
    expect(await world.store.get("client_id")).toBeUndefined();
  });

  test("sends nothing", async () => {
    await telemetry(false);
    world.network.asked.length = 0;
    await client.request("timer");
    await client.leave("preference-rollout/fast-tabs");
    await client.flush();
    expect(posts()).toEqual([]);
    expect(await world.events()).toEqual([]);
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
