import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aliases } from "#recipes/aliases.ts";
import { actionNames } from "#recipes/arguments.ts";
import { RecipeError } from "#recipes/errors.ts";
import { checkRecipe, parseDraft, parseEnvelope, parseRecipe } from "#recipes/parse.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";

const study = aPreferenceStudy();
const withBranch = (branch: object) => ({
  ...study,
  arguments: { ...study.arguments, branches: [study.arguments.branches[0], branch] },
});
const withPreference = (name: string, preference: object) =>
  withBranch({ slug: "b", ratio: 1, preferences: { [name]: preference } });
const first = { slug: "b", ratio: 1, preferences: {} };

describe("a recipe is refused", () => {
  test.each([
    ["that is a list", [], "recipe/malformed", ""],
    ["that is null", null, "recipe/malformed", ""],
    ["without id", { ...study, id: undefined }, "recipe/missing", "/id"],
    ["with a text as id", { ...study, id: "1" }, "recipe/wrong-type", "/id"],
    ["with id 0", { ...study, id: 0 }, "recipe/out-of-range", "/id"],
    ["with a fraction as id", { ...study, id: 1.5 }, "recipe/wrong-type", "/id"],
    ["with an id over 2^53", { ...study, id: 2 ** 53 }, "recipe/wrong-type", "/id"],
    [
      "with a word as revision",
      { ...study, revision_id: "x" },
      "recipe/out-of-range",
      "/revision_id",
    ],
    [
      "with a list as filter",
      { ...study, filter_expression: [] },
      "recipe/wrong-type",
      "/filter_expression",
    ],
    [
      "with a number among its capabilities",
      { ...study, capabilities: ["a", 1] },
      "recipe/wrong-type",
      "/capabilities/1",
    ],
    ["with an empty slug", { ...study, slug: "" }, "recipe/out-of-range", "/slug"],
    ["with two different slugs", { ...study, slug: "other" }, "recipe/out-of-range", "/slug"],
    ["without action", { ...study, action: undefined }, "recipe/missing", "/action"],
    ["with a number as action", { ...study, action: 7 }, "recipe/wrong-type", "/action"],
    [
      "of an unknown action",
      { ...study, action: "format-disk" },
      "recipe/unknown-action",
      "/action",
    ],
    [
      "of an inherited action",
      { ...study, action: "constructor" },
      "recipe/unknown-action",
      "/action",
    ],
    ["without arguments", { ...study, arguments: undefined }, "recipe/missing", "/arguments"],
    [
      "with a list of arguments",
      { ...aConsoleLog(), arguments: [] },
      "recipe/wrong-type",
      "/arguments",
    ],
    [
      "without branches",
      aPreferenceStudy({ arguments: { branches: [] } }),
      "recipe/out-of-range",
      "/arguments/branches",
    ],
    [
      "with a space in its slug",
      aRollout({ slug: "a b", arguments: { slug: "a b" } }),
      "recipe/out-of-range",
      "/arguments/slug",
    ],
    [
      "with upper case in a rollout's slug",
      aRollout({ slug: "A", arguments: { slug: "A" } }),
      "recipe/out-of-range",
      "/arguments/slug",
    ],
    [
      "with an empty name for people",
      aPreferenceStudy({ arguments: { userFacingName: "" } }),
      "recipe/out-of-range",
      "/arguments/userFacingName",
    ],
    [
      "with ratio 0",
      withBranch({ ...first, ratio: 0 }),
      "recipe/out-of-range",
      "/arguments/branches/1/ratio",
    ],
    [
      "with ratio 1.5",
      withBranch({ ...first, ratio: 1.5 }),
      "recipe/wrong-type",
      "/arguments/branches/1/ratio",
    ],
    [
      "without ratio",
      withBranch({ slug: "b", preferences: {} }),
      "recipe/missing",
      "/arguments/branches/1/ratio",
    ],
    [
      "with one branch slug twice",
      withBranch({ ...first, slug: "control" }),
      "recipe/duplicate-slug",
      "/arguments/branches/1/slug",
    ],
    [
      "with a list of preferences",
      withBranch({ ...first, preferences: [] }),
      "recipe/wrong-type",
      "/arguments/branches/1/preferences",
    ],
    [
      "with a fraction in a preference",
      withPreference("a/b", { preferenceType: "integer", preferenceValue: 0.5 }),
      "recipe/wrong-type",
      "/arguments/branches/1/preferences/a~1b/preferenceValue",
    ],
    [
      "with an integer of over 32 bits",
      withPreference("p", { preferenceType: "integer", preferenceValue: 2 ** 31 }),
      "recipe/out-of-range",
      "/arguments/branches/1/preferences/p/preferenceValue",
    ],
    [
      "with a value that is not of its type",
      withPreference("p", { ...aStudyPreference("3"), preferenceType: "integer" }),
      "recipe/wrong-type",
      "/arguments/branches/1/preferences/p/preferenceValue",
    ],
    [
      "with a preference branch that is no text",
      withPreference("p", { ...aStudyPreference(3), preferenceBranchType: 1 as never }),
      "recipe/wrong-type",
      "/arguments/branches/1/preferences/p/preferenceBranchType",
    ],
    [
      "with a preference named constructor",
      withPreference("constructor", aStudyPreference(3)),
      "recipe/out-of-range",
      "/arguments/branches/1/preferences/constructor",
    ],
    [
      "with two values for one preference",
      aRollout({
        arguments: {
          preferences: [
            { preferenceName: "p", value: 1 },
            { preferenceName: "p", value: 2 },
          ],
        },
      }),
      "recipe/out-of-range",
      "/arguments/preferences/1/preferenceName",
    ],
    [
      "with null as a preference's value",
      {
        ...aRollout(),
        arguments: { slug: "fast-tabs", preferences: [{ preferenceName: "p", value: null }] },
      },
      "recipe/wrong-type",
      "/arguments/preferences/0/value",
    ],
  ])("%s", (_what, recipe, code, at) => {
    const { findings } = checkRecipe(JSON.parse(JSON.stringify(recipe)));

    expect(findings.map((finding) => [finding.code, finding.at])).toEqual([[code, at]]);
    expect(() => parseRecipe(recipe)).toThrow(expect.objectContaining({ code, at }));
  });

  test.each(["constructor", "prototype", "__proto__"])(
    "with the slug %s, which as a key would cost a ping",
    (slug) => {
      const addons = anAddonStudy({ slug, arguments: { slug } });
      const older = { name: slug, description: "d", addonUrl: "https://x.example/a.xpi" };
      const recipes: readonly (readonly [recipe: object, at: string])[] = [
        [aPreferenceStudy({ slug, arguments: { slug } }), "/arguments/slug"],
        [aRollout({ slug, arguments: { slug } }), "/arguments/slug"],
        [addons, "/arguments/slug"],
        [{ ...addons, slug: undefined }, "/arguments/slug"],
        [
          { ...addons, action: "opt-out-study", arguments: { ...older, extensionApiId: 1 } },
          "/arguments/name",
        ],
        [aConsoleLog({ slug }), "/slug"],
      ];
      for (const [recipe, at] of recipes) {
        const { findings } = checkRecipe(JSON.parse(JSON.stringify(recipe)));
        expect(findings.map((finding) => [finding.code, finding.at])).toEqual([
          ["recipe/out-of-range", at],
        ]);
        expect(() => parseDraft(recipe)).toThrow(expect.objectContaining({ at }));
      }
      // What an older version enrolled must find its end.
      expect(parseRecipe(aRollback({ arguments: { rolloutSlug: "constructor" } })).slug).toBe(
        "recipe-1",
      );
    },
  );

  test("for everything that is wrong in it at once", () => {
    const recipe = {
      ...withBranch({ slug: "", ratio: 0, preferences: [] }),
      id: -1,
      slug: "other",
    };

    expect(
      checkRecipe(recipe)
        .findings.map(({ at }) => at)
        .sort(),
    ).toEqual([
      "/arguments/branches/1/preferences",
      "/arguments/branches/1/ratio",
      "/arguments/branches/1/slug",
      "/id",
      "/slug",
    ]);
  });

  test("or read, and nothing else, whatever it is", () => {
    const names = [...actionNames, ...Object.keys(aliases), "constructor", "x"];
    const members = fc.constantFrom(...Object.keys(study), ...Object.keys(study.arguments));
    const almost = fc
      .tuple(fc.constantFrom(...names), fc.dictionary(members, fc.jsonValue()), fc.jsonValue())
      .map(([action, said, extra]) => ({
        ...study,
        action,
        arguments: { ...study.arguments, ...said },
        extra,
      }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almost), (value) => {
        for (const parse of [parseRecipe, parseDraft, parseEnvelope]) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(RecipeError);
          }
        }
      }),
    );
  });

  test("or read without touching a prototype", () => {
    const text = JSON.stringify(study).replace("{", '{"__proto__":{"polluted":1},');
    parseRecipe(JSON.parse(text));

    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const nested: unknown = JSON.parse(
      JSON.stringify(withPreference("NAME", aStudyPreference(1))).replace("NAME", "__proto__"),
    );
    expect(checkRecipe(nested).findings[0]?.at).toBe("/arguments/branches/1/preferences/__proto__");
  });
});
