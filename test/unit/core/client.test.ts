import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Recipe } from "#recipes/recipe.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aWorld, type World, type WorldSaying } from "#kit/client.ts";
import { aConsoleLog, aPreferenceStudy, aRollout } from "#kit/recipes.ts";

const hour = 3_600_000;
const marker = "__NO_ENROLLMENT_ID__";
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority);
});

async function publish(recipes: readonly Recipe[], n = 10) {
  world.network.serve(await authority.bundle({ recipes, manifest: { n, must: ["mass-ok"] } }));
}
const set = (said: WorldSaying["settings"]) => {
  world.settings.current = { ...world.settings.current, ...said };
};
const pings = () => world.network.asked.filter(({ method }) => method === "POST");
const live = async (client = world.client()) =>
  (await client.look()).enrollments.filter(({ state }) => state === "active");
describe("a start", () => {
  test("runs at first, then not before the interval is over", async () => {
    await publish([aConsoleLog()]);
    expect(await world.client().start()).toMatchObject({ trigger: "first-run", runner: "success" });
    expect(await world.client().start()).toBeUndefined();
    world.clock.advance(6 * hour);
    expect(await world.client().start()).toMatchObject({ trigger: "timer" });
  });

  test("tells filters that it is the first run, once", async () => {
    await publish([aConsoleLog({ filter_expression: "normandy.isFirstRun" })]);
    expect((await world.client().start())?.recipes).toEqual({ 1: "success" });
    expect((await world.client().request("timer"))?.recipes).toEqual({ 1: "backoff" });
  });

  test("runs in a new build", async () => {
    await publish([]);
    await world.client().start();
    const { lastBuildId: _old, ...schedule } = (await world.store.get("schedule")) as object & {
      lastBuildId: string;
    };
    await world.store.set({ schedule: { ...schedule, lastBuildId: "20200101000000" } });
    expect(await world.client().start()).toMatchObject({ trigger: "new-build" });
  });

  test("of a build that pins another root altogether keeps what the sets under it list, and ends the rest", async () => {
    const stays = aRollout({ id: 1, arguments: { slug: "stays" } });
    const study = aPreferenceStudy({ id: 2, arguments: { slug: "study" } });
    await publish([stays, study]);
    await world.client().start();
    const before = await live();
    expect(before).toHaveLength(2);
    const stranger = await anAuthority();
    world.network.serve(await stranger.bundle({ recipes: [stays, study], manifest: { n: 1 } }));
    const client = aWorld(stranger).client(world.ports);
    expect(await client.request("timer")).toMatchObject({ runner: "success", n: 1 });
    expect((await live(client)).map(({ enrollmentId }) => enrollmentId)).toEqual(
      before.map(({ enrollmentId }) => enrollmentId),
    );
    world.network.serve(
      await stranger.bundle({ recipes: [stays], manifest: { n: 2, must: ["mass-ok"] } }),
    );
    await client.request("timer");
    expect((await live(client)).map(({ slug }) => slug)).toEqual(["stays"]);
  });

  test("runs in dev mode when the browser has just started, not when the page has", async () => {
    await publish([]);
    const facts = { sessionStart: 1 };
    set({ devMode: true });
    const first = aWorldIn(world, { facts });
    await first.client().start();
    expect(await first.client().start()).toBeUndefined();
    const second = aWorldIn(world, { facts: { sessionStart: 2 } });
    expect(await second.client().start()).toMatchObject({ trigger: "dev-start" });
  });

  test("takes up the run that was cut off", async () => {
    await publish([]);
    await world.client().start();
    await world.store.set({
      schedule: { ...((await world.store.get("schedule")) as object), begun: "timer" },
    });
    expect(await world.client().start()).toMatchObject({ trigger: "retry" });
    expect(await world.client().start()).toBeUndefined();
  });

  test("asks to be woken for the next run, and for what waits to be sent", async () => {
    await publish([]);
    await world.client().start();
    const nowMs = world.clock.nowMs();
    expect(world.wakes).toContainEqual({ name: "telemetry", whenMs: nowMs + 60_000 });
    expect(world.wakes.at(-1)).toEqual({ name: "run", whenMs: nowMs + 6 * hour });
    world.wakes.length = 0;
    await world.client().start();
    expect(world.wakes).toEqual([{ name: "run", whenMs: nowMs + 6 * hour }]);
  });

  test("ends what a switch that was set meanwhile no longer allows", async () => {
    await publish([aPreferenceStudy()]);
    await world.client().start();
    expect(await live()).toHaveLength(1);
    set({ studiesEnabled: false });
    const client = world.client();
    await client.start();
    expect((await client.look()).enrollments).toMatchObject([{ endReason: "general-opt-out" }]);
  });

  test("wipes enrollment IDs when telemetry was switched off meanwhile", async () => {
    await publish([aPreferenceStudy()]);
    await world.client().start();
    set({ telemetryEnabled: false });
    await world.client().start();
    expect(await live()).toMatchObject([{ enrollmentId: marker }]);
  });
});

describe("a run that fails by a fault of ours", () => {
  test("is not the last: the next is asked for ahead, and the queue goes on", async () => {
    await publish([]);
    const sick = { ...world.ports, tokens: { ...world.ports.tokens, sha256: fails } };
    const client = world.client(sick);
    await expect(client.start()).rejects.toThrow("our fault");
    expect(world.wakes.at(-1)).toEqual({ name: "run", whenMs: world.clock.nowMs() + 6 * hour });
    expect(world.log).toMatchObject([{ level: "error" }]);
    expect(await client.look()).toMatchObject({ enrollments: [], lastRun: undefined });
    expect(await world.client().start()).toMatchObject({ runner: "success" });
  });
});

describe("the timer", () => {
  test("runs when a run is due, and asks again when none is", async () => {
    await publish([]);
    const client = world.client();
    await client.start();
    world.wakes.length = 0;
    expect(await client.tick()).toBeUndefined();
    expect(world.wakes).toMatchObject([{ name: "run" }]);
    world.clock.advance(6 * hour);
    expect(await client.tick()).toMatchObject({ trigger: "timer" });
  });
});

describe("dev mode", () => {
  beforeEach(async () => {
    set({ devMode: true });
    await publish([aConsoleLog()]);
  });

  test("writes what the run did, and sends pings at its end", async () => {
    const report = await world.client().request("run-now");
    expect(JSON.parse(world.settings.lastRun ?? "")).toEqual({ ...report, runNow: 0 });
    expect(pings()).toHaveLength(1);
    expect(await world.events()).toEqual([]);
  });

  test("runs when its number changes", async () => {
    const client = world.client();
    await client.start();
    set({ runNow: 1 });
    await client.settingChanged("run_now");
    expect(JSON.parse(world.settings.lastRun ?? "")).toMatchObject({ trigger: "run-now" });
  });

  test("is what it takes: without it nothing is written, sent or obeyed", async () => {
    set({ devMode: false });
    const client = world.client();
    await client.start();
    world.network.asked.length = 0;
    await client.settingChanged("run_now");
    expect(world.network.asked).toEqual([]);
    expect(world.settings.lastRun).toBeUndefined();
  });
});

describe("a setting that changes", () => {
  test("acts at once when it is a switch", async () => {
    await publish([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
    const client = world.client();
    await client.start();
    set({ rolloutsEnabled: false });
    await client.settingChanged("rollouts_enabled");
    expect(await live(client)).toMatchObject([{ kind: "preference-study" }]);
  });

  test("moves the timer when it is the interval", async () => {
    await publish([]);
    const client = world.client();
    await client.start();
    set({ runIntervalSeconds: 60 });
    await client.settingChanged("run_interval_seconds");
    expect(world.wakes.at(-1)).toEqual({ name: "run", whenMs: world.clock.nowMs() + 60_000 });
  });
});

test("what the last run did is there to look at", async () => {
  await publish([aConsoleLog()]);
  const client = world.client();
  const report = await client.start();
  expect((await client.look()).lastRun).toEqual(report);
});

/** The same browser, of which some facts are others. */
function aWorldIn(before: World, saying: WorldSaying): World {
  const { ports } = aWorld(authority, saying);
  return {
    ...before,
    client: () => before.client({ ...before.ports, facts: ports.facts }),
  };
}

function fails(): never {
  throw new Error("our fault");
}
