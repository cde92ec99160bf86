import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apply } from "#core/apply.ts";
import { resume } from "#core/resume.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aBench, aClaim } from "#kit/bench.ts";
import { aWorld, type World } from "#kit/client.ts";
import { aDeniedRollout, aDeniedStudy, deniedNames, deniedRecipes } from "#kit/denied.ts";
import { aRollout } from "#kit/recipes.ts";
import { aStudyEnrollment, nowMs } from "#kit/situation.ts";

let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority);
});

async function run(recipes: readonly Recipe[], n = 10) {
  world.network.serve(await authority.bundle({ recipes, manifest: { n, must: ["mass-ok"] } }));
  return world.client().request("timer");
}
const failures = async () =>
  (await world.events()).filter(([, , method]) => method === "enrollFailed");

describe("a signed recipe that names what no recipe may set", () => {
  test("is refused by every action, on both branches, whichever branch of a study names it", async () => {
    const recipes = deniedRecipes();
    const report = await run(recipes);
    expect(Object.values(report?.recipes ?? {})).toEqual(recipes.map(() => "apply_error"));
    expect(await world.preferences.journal()).toEqual({});
    for (const name of deniedNames)
      expect(world.preferences.stateOf(name)).toMatchObject({ user: null, default: null });
    const told = (await failures()).map(([, , , object, , extra]) => [
      object,
      extra?.["reason"],
      extra?.["preferenceName"] ?? extra?.["preference"],
    ]);
    expect(told).toEqual(
      deniedNames.flatMap((name) => [
        ["preference_study", "pref-denied", name],
        ["preference_study", "pref-denied", name],
        ["preference_rollout", "pref-denied", name],
      ]),
    );
  });

  test("says why in its uptake", async () => {
    await run([aDeniedStudy(1, "security.a", "user")]);
    expect((await world.events()).map(([, , , , value, extra]) => [value, extra])).toContainEqual([
      "apply_error",
      { source: "normandy/recipe/1", reason: "pref-denied" },
    ]);
  });

  test("in disguise is refused too, and its name is not repeated", async () => {
    const report = await run([aDeniedRollout(1, "\u0161pp.update.auto")]);
    expect(report?.recipes).toEqual({ 1: "apply_error" });
    expect((await failures()).map(([, , , , , extra]) => extra)).toEqual([
      { reason: "pref-denied" },
    ]);
  });

  test("leaves a rollout that runs as it was when it comes to name one", async () => {
    const name = "test.harmless.1";
    const harmless = aRollout({
      id: 1,
      arguments: { slug: "denied-rollout-1", preferences: [{ preferenceName: name, value: true }] },
    });
    await run([harmless]);
    expect(await run([aDeniedRollout(1, "security.a")], 11)).toMatchObject({
      recipes: { 1: "apply_error" },
    });
    expect(world.preferences.stateOf(name).default).toBe(true);
    expect(Object.keys(await world.preferences.journal())).toEqual([name]);
  });
});

test("an action that does not look whether a preference is denied is stopped by the engine", async () => {
  const bench = await aBench();
  const plan = [aClaim("test.first"), aClaim("security.a")];
  await expect(apply(plan, bench)).rejects.toMatchObject({ step: "claim-preference" });
  expect(bench.preferences.stateOf("test.first").default).toBeNull();
  expect(bench.preferences.stateOf("security.a").default).toBeNull();
});

test("a study of an older build that let it be set ends, and says why", async () => {
  const preferences = {
    "security.a": { value: 1, branchType: "default", previous: null, overridden: false },
  } as const;
  const bench = await aBench({ enrollments: [aStudyEnrollment({ preferences })] });
  await resume(bench, nowMs, true);
  expect(bench.book.all()).toMatchObject([{ state: "ended", endReason: "pref-denied" }]);
  expect(bench.recorder.events).toMatchObject([
    { method: "unenroll", extra: { reason: "pref-denied" } },
  ]);
});
