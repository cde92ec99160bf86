import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { suspectOf } from "#core/guard.ts";
import { MemoryFacts } from "#core/memory.ts";
import type { Ports } from "#core/ports.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { parseSafeRecord, type SafeRecord } from "#core/safe-mode.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aWorld, type World } from "#kit/client.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";

// The whole client on a browser of maps that crashes: what it does not do again.

const bad = "test.bad";
const good = "test.good";

let authority: Authority;
let world: World;
let session: number;
let n: number;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, { defaults: { [good]: 0 } });
  session = 1;
  n = 10;
});

const study = (revision = "1"): Recipe =>
  aPreferenceStudy({
    id: 1,
    revision_id: revision,
    arguments: {
      slug: "bad",
      branches: [{ slug: "only", ratio: 1, preferences: { [bad]: aStudyPreference(true) } }],
    },
  });
const rollout = aRollout({
  id: 2,
  arguments: { slug: "good", preferences: [{ preferenceName: good, value: 5 }] },
});

async function publish(...recipes: readonly Recipe[]): Promise<void> {
  n += 1;
  world.network.serve(await authority.bundle({ recipes, manifest: { n, must: ["mass-ok"] } }));
}

/** This session's ports; writing what `breaks` names crashes the browser. */
function portsOf(breaks?: string): Ports {
  const { preferences, clock } = world;
  return {
    ...world.ports,
    facts: new MemoryFacts({ locale: "en-US", version: "153.0", sessionStart: session }),
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      // A moment of watching is over at once, a limit never.
      delay: (ms) => (ms < 4_000 ? Promise.resolve() : clock.delay(ms)),
    },
    preferences: {
      branches: preferences.branches,
      read: (names) => preferences.read(names),
      journal: () => preferences.journal(),
      write: (changes) =>
        changes.some(({ name, journal }) => name === breaks && journal !== null)
          ? new Promise(() => undefined)
          : preferences.write(changes),
    },
  };
}

/** A session that ends amid the change: nothing goes on after it. */
async function crash(): Promise<void> {
  const client = world.client(portsOf(bad));
  void client.start().then(() => client.request("timer"));
  await expect.poll(() => record().open?.id).toBe(1);
  session += 1;
}

async function live() {
  const client = world.client(portsOf());
  await client.start();
  const report = await client.request("timer");
  return { client, report };
}

const record = (): SafeRecord => parseSafeRecord(world.beacon.text);
const endWell = (): void => {
  world.beacon.text = JSON.stringify({ ...record(), isClean: true });
  session += 1;
};

describe("a recipe whose change crashed the browser twice", () => {
  test("is not acted on, and says so; the others are", async () => {
    await publish(study(), rollout);
    await crash();
    await crash();
    const { report } = await live();
    expect(report?.recipes).toEqual({ 1: "apply_error", 2: "success" });
    expect(world.preferences.stateOf(bad).default).toBeNull();
    expect(world.preferences.stateOf(good).default).toBe(5);
    const told = (await world.events()).map(([, , , , value, extra]) => [
      value,
      extra?.["source"],
      extra?.["reason"],
    ]);
    expect(told).toContainEqual(["apply_error", "normandy/recipe/1", "crash-loop"]);
  });

  test("is acted on again in another revision", async () => {
    await publish(study(), rollout);
    await crash();
    await crash();
    await live();
    await publish(study("2"), rollout);
    const { report } = await live();
    expect(report?.recipes).toEqual({ 1: "success", 2: "success" });
  });

  test("is not acted on again because the same set was signed anew", async () => {
    await publish(study(), rollout);
    await crash();
    await crash();
    await live();
    await publish(study(), rollout);
    const { report } = await live();
    expect(report?.recipes).toEqual({ 1: "apply_error", 2: "success" });
  });
});

test("one crash is forgiven", async () => {
  await publish(study(), rollout);
  await crash();
  const { report } = await live();
  expect(report?.recipes).toEqual({ 1: "success", 2: "success" });
  expect(world.preferences.stateOf(bad).default).toBe(true);
});

test("once the browser has lived for half an hour, what was changed is no longer a suspect", async () => {
  await publish(study(), rollout);
  const { client } = await live();
  expect(record().recent.map(({ id }) => id)).toEqual([1, 2]);
  expect(world.wakes.filter(({ name }) => name === "settled").at(-1)?.whenMs).toBe(
    world.clock.nowMs() + 30 * 60_000,
  );
  await client.settled();
  expect(record().recent).toEqual([]);
});

test("a run that changes nothing does not make the wait for that begin anew", async () => {
  await publish(study(), rollout);
  const { client } = await live();
  const settling = () => world.wakes.filter(({ name }) => name === "settled").length;
  const before = settling();
  world.clock.advance(60_000);
  await client.request("timer");
  expect(record().recent).toHaveLength(2);
  expect(settling()).toBe(before);
});

describe("after three crashes in a row", () => {
  const inARow = async (count: number): Promise<void> => {
    for (let crashes = 0; crashes < count; crashes += 1) {
      await world.client(portsOf()).start();
      session += 1;
    }
  };

  test("only what the browser has lived with in a session that ended well is acted on", async () => {
    await publish(rollout);
    const { client } = await live();
    await client.settled();
    endWell();
    await live();
    await publish(study(), rollout);
    await live();
    await inARow(3);
    const { report } = await live();
    expect(report?.recipes).toEqual({ 1: "apply_error", 2: "success" });
  });

  test("a set that was not lived with for long proves nothing", async () => {
    await publish(rollout);
    await live();
    endWell();
    await live();
    await inARow(3);
    const { report } = await live();
    expect(report?.recipes).toEqual({ 2: "apply_error" });
  });

  test("and one more, everything is undone until there is another set", async () => {
    await publish(study(), rollout);
    await live();
    endWell();
    await inARow(5);
    const { report } = await live();
    expect(report?.recipes).toEqual({ 1: "apply_error", 2: "apply_error" });
    expect(world.preferences.stateOf(good).default).toBe(0);
    expect(await world.preferences.journal()).toEqual({});
    await publish(study("2"), rollout);
    const again = await live();
    expect(again.report?.recipes).toMatchObject({ 2: "success" });
    expect(world.preferences.stateOf(good).default).toBe(5);
  });
});

describe("where the guard cannot note what it has to", () => {
  const refuse = (isRefused: boolean): void => {
    if (isRefused) throw new Error("no room");
  };

  test("before a set is worked on, nothing begins, the run says so, and the next one begins", async () => {
    await publish(study(), rollout);
    let isFull = true;
    const ports = portsOf();
    const client = world.client({
      ...ports,
      store: {
        get: (key) => ports.store.get(key),
        set: async (values) => {
          refuse(isFull && "safe_sets" in values);
          await ports.store.set(values);
        },
        remove: (keys) => ports.store.remove(keys),
      },
    });
    await client.start();
    expect(await client.request("timer")).toMatchObject({
      runner: "custom_1_error",
      reason: "storage",
      recipes: {},
    });
    expect(world.preferences.stateOf(good).default).toBe(0);
    isFull = false;
    expect(await client.request("timer")).toMatchObject({
      runner: "success",
      recipes: { 1: "success", 2: "success" },
    });
    expect(await world.store.get("safe_sets")).toHaveProperty("recipes.length", 2);
  });

  test("after a set was worked on, what it lists no more ends all the same, and the run says so", async () => {
    await publish(study());
    await live();
    await publish(rollout);
    const ports = portsOf();
    const client = world.client({
      ...ports,
      beacon: {
        seesTheEnd: true,
        read: () => ports.beacon.read(),
        write: async (text) => {
          refuse(record().open !== null && parseSafeRecord(text).open === null);
          await ports.beacon.write(text);
        },
      },
    });
    await client.start();
    expect(await client.request("timer")).toMatchObject({
      runner: "custom_1_error",
      reason: "storage",
      recipes: { 2: "success" },
    });
    expect(world.preferences.stateOf(good).default).toBe(5);
    expect(Object.keys(await world.preferences.journal())).toEqual([good]);
  });
});

test("a plan that only ends something makes nobody a suspect", () => {
  const entry = { id: 1, sha256: "hash" };
  expect(suspectOf(entry, [{ do: "log", message: "hello" }])).toBeUndefined();
  expect(
    suspectOf(entry, [{ do: "release-preference", name: good, owner: "study", slug: "s" }]),
  ).toBeUndefined();
});
