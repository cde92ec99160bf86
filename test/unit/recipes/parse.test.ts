import { describe, expect, test } from "vitest";
import { parseDraft, parseEnvelope, parseRecipe } from "#recipes/parse.ts";
import { aConsoleLog, anAddonStudy, aPreferenceStudy, aRollback, aRollout } from "#kit/recipes.ts";

describe("a recipe", () => {
  test.each([aPreferenceStudy(), aRollout(), aRollback(), anAddonStudy(), aConsoleLog()])(
    "of the action $action is read as it stands",
    (recipe) => {
      expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
    },
  );

  test("gets the defaults of its action", () => {
    const { isEnrollmentPaused: _p, isHighPopulation: _h, ...rest } = aPreferenceStudy().arguments;
    const { experimentDocumentUrl: _u, ...said } = rest;
    const branches = [
      {
        slug: "a",
        ratio: 1,
        preferences: { p: { preferenceType: "integer", preferenceValue: 3 } },
      },
    ];

    expect(parseRecipe({ ...aPreferenceStudy(), arguments: { ...said, branches } })).toMatchObject({
      arguments: {
        isEnrollmentPaused: true,
        isHighPopulation: false,
        experimentDocumentUrl: "",
        branches: [{ preferences: { p: { preferenceBranchType: "default" } } }],
      },
    });
  });

  test("loses members that nobody asked for, and only those", () => {
    const said = { ...aRollout().arguments, comment: "for the pilot" };

    expect(parseRecipe({ ...aRollout(), enabled: true, arguments: said })).toEqual(aRollout());
  });

  test("may spell its revision as a number and leave filter and capabilities out", () => {
    const { filter_expression: _f, capabilities: _c, ...rest } = aConsoleLog();

    expect(parseRecipe({ ...rest, revision_id: 12 })).toMatchObject({
      revision_id: "12",
      filter_expression: "",
      capabilities: [],
    });
  });

  test("has its capabilities sorted, each once", () => {
    const { capabilities } = parseRecipe({ ...aConsoleLog(), capabilities: ["z", "a", "z"] });

    expect(capabilities).toEqual(["a", "z"]);
  });

  test.each([
    { of: "a study", recipe: aPreferenceStudy(), slug: "tab-study" },
    { of: "a rollout", recipe: aRollout(), slug: "fast-tabs" },
    { of: "a rollback, never the rollout's", recipe: aRollback({ id: 8 }), slug: "recipe-8" },
    { of: "a message", recipe: aConsoleLog({ id: 9 }), slug: "recipe-9" },
  ])("that has no slug of its own gets the one of $of", ({ recipe, slug }) => {
    const { slug: _own, ...unnamed } = recipe;

    expect(parseRecipe(unnamed).slug).toBe(slug);
    expect(parseEnvelope(unnamed).slug).toBe(slug);
  });

  test("that takes a rollout back is not named by what else its arguments say", () => {
    const { slug: _own, ...unnamed } = aRollback({ id: 8 });
    const said = { ...unnamed.arguments, slug: "fast-tabs" };

    expect(parseRecipe({ ...unnamed, arguments: said }).slug).toBe("recipe-8");
  });

  test("keeps the slug that is written in it", () => {
    expect(parseRecipe({ ...aConsoleLog(), slug: "hello" }).slug).toBe("hello");
  });
});

describe("a draft", () => {
  test("needs neither id nor revision nor capabilities", () => {
    const { id: _i, revision_id: _r, capabilities: _c, ...written } = aRollout();

    expect(parseDraft(written)).toEqual({ ...written, capabilities: [] });
  });

  test("has no slug where only an id could tell, and keeps an id that it has", () => {
    const { slug: _s, revision_id: _r, ...written } = aRollback({ id: 4 });
    const { id: _i, ...unnamed } = written;

    expect(parseDraft(unnamed)).not.toHaveProperty("slug");
    expect(parseDraft(written)).toMatchObject({ id: 4, slug: "recipe-4" });
  });

  test("is held to the same arguments as a recipe", () => {
    const branches = [{ slug: "a", ratio: 0, preferences: {} }];

    expect(() => parseDraft(aPreferenceStudy({ arguments: { branches } }))).toThrow(
      expect.objectContaining({ at: "/arguments/branches/0/ratio" }),
    );
  });
});

describe("an envelope", () => {
  test("is read whatever action and arguments say", () => {
    const body = { ...aConsoleLog(), action: "format-disk", arguments: { slug: "x", drive: "C" } };

    expect(parseEnvelope({ ...body, slug: undefined })).toMatchObject({
      action: "format-disk",
      slug: "x",
      arguments: { drive: "C" },
    });
  });

  test("is refused without an identity", () => {
    expect(() => parseEnvelope({ ...aConsoleLog(), id: "1" })).toThrow(
      expect.objectContaining({ code: "recipe/wrong-type", at: "/id" }),
    );
  });
});
