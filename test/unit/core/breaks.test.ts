import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noKill } from "#core/kill.ts";
import { tokenTypes } from "#recipes/manifest.ts";
import { anAuthority, type Authority, token } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { anAnswer, aWorld, rememberingTokens, serverUrl, type World } from "#kit/client.ts";
import { aConsoleLog, aHeartbeat, anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { runSet, statesIn } from "#kit/sets.ts";

// What once broke the client when somebody set out to break it.

const tokens = rememberingTokens();
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, { tokens, defaults: { "test.tabs.fast": false } });
});

const run = (...set: [n: number, said?: Parameters<Authority["bundle"]>[0]]) =>
  runSet(world, ...set);
const states = () => statesIn(world);

/** Another session of the browser, after one that ended as `isClean` says. */
function restarted(session: number, isClean = true) {
  const { facts } = aWorld(authority, { facts: { sessionStart: session } }).ports;
  world.beacon.text = JSON.stringify({ ...JSON.parse(world.beacon.text ?? "{}"), isClean });
  return world.client({ ...world.ports, facts });
}
const stuck = () => Promise.reject(new Error("the browser will not"));

describe("a start of the browser", () => {
  test("comes to its run though an add-on of a study that is over cannot be removed", async () => {
    const addon = servedAddon(world.network);
    const branches = [{ slug: "b", ratio: 1, extensionApiId: 1, addon }];
    await run(10, { recipes: [anAddonStudy({ id: 3, arguments: { branches } })] });
    await run(11, { recipes: [aConsoleLog({ id: 9 })] });
    expect(await states()).toEqual(["ended recipe-not-seen"]);
    // As after a kill: Firefox had not yet written down that it removed it.
    await world.addons.install(addon, new Uint8Array(), { replace: false });
    world.addons.uninstall = stuck;
    world.clock.advance(86_400_000);
    expect(await restarted(7).start()).toMatchObject({ runner: "success" });
    expect(world.log).toContainEqual(
      expect.objectContaining({ message: "something could not be mended" }),
    );
  });

  test("comes to its run though what a crash held back cannot be put in force again", async () => {
    await run(10, { recipes: [aPreferenceStudy()] });
    world.beacon.revive = stuck;
    world.clock.advance(86_400_000);
    const start = restarted(7, false).start();
    for (let turn = 0; turn < 200; turn += 1) {
      await Promise.resolve();
      world.clock.advance(100);
    }
    expect(await start).toMatchObject({ runner: "success" });
  });
});

describe("a kill list", () => {
  test.each([
    { what: "study", of: (id: number) => aPreferenceStudy({ id }), end: "ended killed" },
    { what: "rollout", of: (id: number) => aRollout({ id }), end: "opted-out killed" },
  ])("ends a $what by the id that its recipe has now", async ({ of, end }) => {
    await run(10, { recipes: [of(1)] });
    await run(11, { recipes: [of(5)] });
    expect(await states()).toEqual(["active"]);
    const kill = { ...noKill, ids: [5] };
    const report = await run(12, { recipes: [of(5)], manifest: { kill } });
    expect(report?.recipes).toEqual({ 5: "success" });
    expect(await states()).toEqual([end]);
    expect(await world.preferences.journal()).toEqual({});
  });

  test("takes a survey off the screen by the slug of its recipe", async () => {
    const survey = aHeartbeat({ id: 7, slug: "tabs-survey-recipe" });
    await run(10, { recipes: [survey] });
    const kill = { ...noKill, slugs: [survey.slug] };
    await run(11, { recipes: [survey], manifest: { kill } });
    expect(await world.client().heartbeat({ moment: "offeredTS" })).toBeUndefined();
  });
});

describe("a person's word", () => {
  test("holds for a rollout that a kill list ends before its turn comes", async () => {
    const rollout = aRollout({ id: 1 });
    await run(10, { recipes: [rollout] });
    const manifest = { n: 11, kill: { ...noKill, ids: [1] } };
    world.network.serve(await authority.bundle({ recipes: [rollout], manifest }));
    const client = world.client();
    const underWay = client.request("timer");
    const left = client.leave(`preference-rollout/${rollout.slug}`);
    await underWay;
    await left;
    await run(12, { recipes: [rollout] });
    expect(await states()).toEqual(["opted-out individual-opt-out"]);
  });
});

describe("a store that has no room for bodies", () => {
  test("costs a run nothing but their being fetched again", async () => {
    const { set } = world.store;
    world.store.set = (values) =>
      "bodies" in values
        ? Promise.reject(new Error("QuotaExceededError"))
        : set.call(world.store, values);
    const said = { recipes: [aPreferenceStudy()] };
    expect(await run(10, said)).toMatchObject({ runner: "success", recipes: { 1: "success" } });
    expect(await run(10, said)).toMatchObject({ runner: "success", recipes: { 1: "success" } });
    expect(await states()).toEqual(["active"]);
  });
});

describe("a store that has no room for what is believed", () => {
  const full = () => {
    const { set } = world.store;
    world.store.set = (values) =>
      "trust" in values
        ? Promise.reject(new Error("QuotaExceededError"))
        : set.call(world.store, values);
  };

  test("keeps nothing from ending that a set stops", async () => {
    await run(10, { recipes: [aPreferenceStudy()] });
    full();
    const kill = { ...noKill, ids: [1] };
    const report = await run(11, { recipes: [], manifest: { kill } });
    expect(report).toMatchObject({ runner: "custom_1_error", reason: "storage" });
    expect(await states()).toEqual(["ended killed"]);
  });

  test("keeps nothing from ending that a halt stops", async () => {
    await run(10, { recipes: [aPreferenceStudy()] });
    full();
    const { nowSeconds: iat } = authority;
    const kill = { ...noKill, ids: [1] };
    const halt = { v: 1, env: "test", hn: 1, iat, exp: iat + 86_400, min_ep: 0, kill };
    const signed = await token(halt, tokenTypes.halt, authority.rootKeys[0]);
    world.network.on(`${serverUrl}/v2/halt.jws`, anAnswer(signed));
    world.network.on(`${serverUrl}/v2/bundle.json`, { kind: "timeout" });
    expect(await world.client().request("timer")).toMatchObject({ reason: "timeout" });
    expect(await states()).toEqual(["ended killed"]);
  });
});
