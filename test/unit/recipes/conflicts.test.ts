import { describe, expect, test } from "vitest";
import { conflictsAmong, preferencesOf } from "#recipes/conflicts.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";

const study = (slug: string, ...branches: readonly (readonly string[])[]) =>
  aPreferenceStudy({
    slug,
    arguments: {
      slug,
      branches: branches.map((names, index) => ({
        slug: `branch-${index}`,
        ratio: 1,
        preferences: Object.fromEntries(names.map((name) => [name, aStudyPreference(1)])),
      })),
    },
  });
const rollout = (slug: string, ...names: readonly string[]) =>
  aRollout({
    slug,
    arguments: { slug, preferences: names.map((preferenceName) => ({ preferenceName, value: 1 })) },
  });

describe("a recipe", () => {
  test("claims the preferences of all its branches, each once", () => {
    expect(preferencesOf(study("s", ["b", "a"], [], ["a", "c"]))).toEqual(["a", "b", "c"]);
    expect(preferencesOf(rollout("r", "z", "y"))).toEqual(["y", "z"]);
  });

  test.each([aRollback(), anAddonStudy(), aConsoleLog()])("of $action claims none", (recipe) => {
    expect(preferencesOf(recipe)).toEqual([]);
  });
});

describe("recipes", () => {
  test("that share a branch of one with another are in conflict", () => {
    expect(conflictsAmong([study("one", ["a"], ["b"]), study("two", [], ["c", "b"])])).toEqual([
      { preference: "b", slugs: ["one", "two"], exclusive: true },
    ]);
  });

  test("of two kinds share a preference and do not exclude each other", () => {
    expect(conflictsAmong([study("one", ["a"]), rollout("two", "a")])).toEqual([
      { preference: "a", slugs: ["one", "two"], exclusive: false },
    ]);
  });

  test("are told by preference, in the order of its name, once there are three as well", () => {
    const recipes = [rollout("r1", "b", "a"), study("s", ["a"]), rollout("r2", "a", "b")];

    expect(conflictsAmong(recipes)).toEqual([
      { preference: "a", slugs: ["r1", "s", "r2"], exclusive: true },
      { preference: "b", slugs: ["r1", "r2"], exclusive: true },
    ]);
  });

  test("that share nothing are in no conflict, and neither is a recipe with itself", () => {
    expect(conflictsAmong([study("one", ["a"], ["a"]), rollout("two", "b")])).toEqual([]);
  });
});
