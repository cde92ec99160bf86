import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type KillList, tokenTypes } from "#recipes/manifest.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { anAuthority, type Authority, token } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { anAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";
import {
  aConsoleLog,
  aHeartbeat,
  anAddonStudy,
  aPreferenceStudy,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";

// What a manifest stops ends at once, whatever its recipes say.

const day = 86_400;
const nothing: KillList = { all: false, ids: [], slugs: [], prefs: [], addons: [] };
let authority: Authority;
let world: World;
let all: readonly Recipe[];
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, { defaults: { "a.study": 1, "a.rollout": false } });
  const addon = servedAddon(world.network);
  const withAddon = { slug: "b", ratio: 1, extensionApiId: 1, addon };
  all = [
    study,
    rollout,
    anAddonStudy({ id: 3, arguments: { slug: "addon", branches: [withAddon] } }),
    aConsoleLog({ id: 4 }),
  ];
});

const study = aPreferenceStudy({
  id: 1,
  arguments: {
    slug: "study",
    branches: [{ slug: "b", ratio: 1, preferences: { "a.study": aStudyPreference(2) } }],
  },
});
const rollout = aRollout({
  id: 2,
  arguments: { slug: "rollout", preferences: [{ preferenceName: "a.rollout", value: true }] },
});

/** Publishes as number `n` and runs. */
async function run(
  recipes: readonly Recipe[],
  n: number,
  kill: Partial<KillList> = {},
  said: Record<string, unknown> = {},
) {
  const manifest = { n, kill: { ...nothing, ...kill }, ...said };
  world.network.serve(await authority.bundle({ recipes, manifest }));
  return world.client().request("timer");
}
/** By recipe: how it stands, and why it ended. */
const states = async () =>
  Object.fromEntries(
    (await world.client().look()).enrollments.map(({ recipeId, state, endReason = "" }) => [
      recipeId,
      `${state} ${endReason}`.trim(),
    ]),
  );
const running = { 1: "active", 2: "active", 3: "active" };

describe("a kill list", () => {
  test.each([
    { by: "its id", kill: { ids: [1] }, ended: { 1: "ended killed" } },
    { by: "its slug", kill: { slugs: ["rollout"] }, ended: { 2: "opted-out killed" } },
    { by: "a preference of it", kill: { prefs: ["a.study"] }, ended: { 1: "ended killed" } },
    {
      by: "its add-on",
      kill: { addons: ["reader-study@mulberry.example"] },
      ended: { 3: "ended killed" },
    },
    {
      by: "everything",
      kill: { all: true },
      ended: { 1: "ended killed", 2: "opted-out killed", 3: "ended killed" },
    },
  ])("ends what it names by $by, tells why, and touches nothing else", async ({ kill, ended }) => {
    await run(all, 10);
    expect(await states()).toEqual(running);
    const report = await run(all, 11, kill);
    expect(report).toMatchObject({
      runner: "success",
      recipes: { 1: "success", 2: "success", 3: "success", 4: "success" },
    });
    expect(await states()).toEqual({ ...running, ...ended });
    const reasons = (await world.events()).flatMap(([, , method, , slug, extra]) =>
      method === "unenroll" ? [`${String(slug)} ${String(extra?.["reason"])}`] : [],
    );
    expect(reasons).toHaveLength(Object.keys(ended).length);
    for (const reason of reasons) expect(reason).toMatch(/ killed$/u);
    expect(await world.preferences.journal()).toEqual(
      Object.fromEntries(
        Object.entries(await world.preferences.journal()).filter(
          ([name]) => !(name === "a.study" && 1 in ended) && !(name === "a.rollout" && 2 in ended),
        ),
      ),
    );
    expect(world.addons.installed.size).toBe(3 in ended ? 0 : 1);
    // As long as it is listed, nothing of it comes back.
    await run(all, 12, kill);
    expect(await states()).toEqual({ ...running, ...ended });
  });

  test.each([
    { kill: { ids: [1] } },
    { kill: { slugs: ["study"] } },
    { kill: { prefs: ["a.study"] } },
    { kill: { all: true } },
  ])("keeps what it names from beginning: $kill", async ({ kill }) => {
    await run([study], 10, kill);
    expect(await states()).toEqual({});
    expect(world.preferences.stateOf("a.study").default).toBe(1);
    const told = (await world.events()).filter(
      ([, , , , , extra]) => extra?.["reason"] === "killed",
    );
    expect(told.map(([, , , , value, extra]) => [value, extra?.["source"]])).toEqual([
      ["success", "normandy/recipe/1"],
    ]);
  });

  test("that is lifted lets a rollout come back, and leaves a study over", async () => {
    await run(all, 10);
    await run(all, 11, { all: true });
    await run(all, 12);
    expect(await states()).toMatchObject({ 1: "ended killed", 2: "active", 3: "ended killed" });
    expect(world.preferences.stateOf("a.rollout").default).toBe(true);
  });

  test.each([{ named: 1 }, { named: 11 }])(
    "ends a study whose recipe has another id by now, by id $named, also while no set arrives",
    async ({ named }) => {
      await run([study], 10);
      await run([{ ...study, id: 11 }], 11);
      expect(await states()).toEqual({ 1: "active" });
      const halt = {
        ...{ v: 1, env: "test", hn: 1, min_ep: 0, kill: { ...nothing, ids: [named] } },
        iat: authority.nowSeconds,
        exp: authority.nowSeconds + day,
      };
      world.network.on(
        `${serverUrl}/v2/halt.jws`,
        anAnswer(await token(halt, tokenTypes.halt, authority.rootKeys[0])),
      );
      world.network.on(`${serverUrl}/v2/bundle.json`, { kind: "timeout" });
      expect(await world.client().request("timer")).toMatchObject({ runner: "timeout_error" });
      expect(await states()).toEqual({ 1: "ended killed" });
    },
  );

  test("takes a survey off the screen", async () => {
    await run([aHeartbeat({ id: 7 })], 10);
    expect(world.prompts.opened).toBe(1);
    expect(await world.client().heartbeat({ moment: "offeredTS" })).toBeDefined();
    await run([aHeartbeat({ id: 7 })], 11, { ids: [7] });
    expect(await world.client().heartbeat({ moment: "offeredTS" })).toBeUndefined();
  });

  test("is not held back by the brake that an empty list meets", async () => {
    await run(all, 10);
    await run([], 11, { all: true });
    expect(Object.values(await states()).filter((state) => state === "active")).toEqual([]);
  });

  test.each([
    { what: "over", said: { iat: -8 * day, nbf: -8 * day, exp: -day }, reason: "manifest-expired" },
    { what: "early", said: { iat: 0, nbf: day, exp: 2 * day }, reason: "clock" },
    { what: "for later versions", said: { must: ["telepathy"] }, reason: "unknown-feature" },
  ])(
    "of a genuine set that is $what is obeyed, and nothing else of it",
    async ({ said, reason }) => {
      await run(all, 10);
      const { iat = 0, nbf = 0, exp = day, ...rest } = said as Record<string, number>;
      const times = { iat, nbf, exp };
      const at = Object.fromEntries(
        Object.entries(times).map(([name, ago]) => [name, authority.nowSeconds + ago]),
      );
      const other = aRollout({ id: 9, arguments: { slug: "other" } });
      expect(await run([other], 11, { ids: [1] }, { ...at, ...rest })).toMatchObject({ reason });
      expect(await states()).toEqual({ ...running, 1: "ended killed" });
    },
  );
});
