import { describe, expect, test } from "vitest";
import { aliases, canonicalAction, canonicalCapability } from "#recipes/aliases.ts";
import { checkRecipe, parseRecipe } from "#recipes/parse.ts";
import { anAddonStudy, aPreferenceStudy } from "#kit/recipes.ts";

describe("Normandy's names", () => {
  test("are read as ours, and ours as themselves", () => {
    expect(Object.keys(aliases).map(canonicalAction)).toEqual([
      "preference-study",
      "preference-study",
      "preference-study",
      "addon-study",
      "addon-study",
    ]);
    expect(canonicalAction("preference-rollout")).toBe("preference-rollout");
  });

  test.each(["", "constructor", "toString", "Preference-Study", "format-disk"])(
    "do not hold %j",
    (name) => {
      expect(canonicalAction(name)).toBeUndefined();
    },
  );

  test("stand for ours in capabilities as well", () => {
    expect(canonicalCapability("action.branched-addon-study")).toBe("action.addon-study");
    expect(canonicalCapability("action.format-disk")).toBe("action.format-disk");
    expect(canonicalCapability("jexl.transform.keys")).toBe("jexl.transform.keys");
  });

  test.each([
    ["multi-preference-experiment", aPreferenceStudy()],
    ["branched-addon-study", anAddonStudy()],
  ])("make %s the same recipe as under our name", (action, recipe) => {
    expect(parseRecipe({ ...recipe, action })).toEqual(recipe);
  });
});

const onePreference = {
  id: 3,
  revision_id: "7",
  name: "Tabs, the old way",
  arguments: {
    slug: "old-tabs",
    experimentDocumentUrl: "https://mulberry.example/old-tabs",
    preferenceName: "test.tabs.after",
    preferenceType: "boolean",
    preferenceBranchType: "user",
    isHighPopulation: true,
    isEnrollmentPaused: false,
    branches: [
      { slug: "control", ratio: 1, value: false },
      { slug: "treatment", ratio: 2, value: true },
    ],
  },
};

describe.each(["preference-experiment", "single-preference-experiment"])(
  "a study of one preference, written as %s,",
  (action) => {
    const withBranch = (branch: object) => ({
      ...onePreference,
      action,
      arguments: { ...onePreference.arguments, branches: [branch] },
    });

    test("is a preference study whose branches all set it", () => {
      const preference = (preferenceValue: boolean) => ({
        "test.tabs.after": {
          preferenceType: "boolean",
          preferenceBranchType: "user",
          preferenceValue,
        },
      });

      expect(parseRecipe({ ...onePreference, action })).toMatchObject({
        slug: "old-tabs",
        action: "preference-study",
        arguments: {
          slug: "old-tabs",
          userFacingName: "old-tabs",
          userFacingDescription: "Tabs, the old way",
          experimentDocumentUrl: "https://mulberry.example/old-tabs",
          isHighPopulation: true,
          isEnrollmentPaused: false,
          branches: [
            { slug: "control", ratio: 1, preferences: preference(false) },
            { slug: "treatment", ratio: 2, preferences: preference(true) },
          ],
        },
      });
    });

    test.each([
      { branch: { slug: "a", ratio: 0, value: true }, at: "ratio", code: "recipe/out-of-range" },
      { branch: { slug: "a", ratio: 1 }, at: "value", code: "recipe/missing" },
      { branch: { slug: "a", ratio: 1, value: "on" }, at: "value", code: "recipe/wrong-type" },
    ])("is refused for $code in the author's own text, at $at", ({ branch, at, code }) => {
      const { findings } = checkRecipe(withBranch(branch));

      expect(findings.map((finding) => [finding.code, finding.at])).toEqual([
        [code, `/arguments/branches/0/${at}`],
      ]);
    });

    test("is refused when two branches have one slug", () => {
      const branches = [1, 2].map((ratio) => ({ slug: "a", ratio, value: true }));
      const said = { ...onePreference.arguments, branches };

      expect(checkRecipe({ ...onePreference, action, arguments: said }).findings[0]).toMatchObject({
        code: "recipe/duplicate-slug",
        at: "/arguments/branches/1/slug",
      });
    });
  },
);

describe("an add-on study that is older than branches", () => {
  const old = {
    id: 4,
    revision_id: 1,
    name: "Reader",
    action: "opt-out-study",
    arguments: {
      name: "Quiet reader",
      description: "Tries a quieter reader view.",
      addonUrl: "https://mulberry.example/reader.xpi",
      extensionApiId: 2,
      isEnrollmentPaused: false,
    },
  };

  test("is an add-on study of one branch, known by its name", () => {
    expect(parseRecipe(old)).toMatchObject({
      slug: "Quiet reader",
      action: "addon-study",
      arguments: {
        slug: "Quiet reader",
        userFacingName: "Quiet reader",
        userFacingDescription: "Tries a quieter reader view.",
        isEnrollmentPaused: false,
        branches: [{ slug: "__NO_BRANCHES__", ratio: 1, extensionApiId: 2 }],
      },
    });
  });

  test("is refused without the id of its add-on, rather than read as a branch without one", () => {
    const { extensionApiId: _id, ...said } = old.arguments;

    expect(checkRecipe({ ...old, arguments: said }).findings[0]).toMatchObject({
      code: "recipe/missing",
      at: "/arguments/extensionApiId",
    });
  });
});
