import { expect, test } from "vitest";
import { aPreferenceStudy, aStudyPreference } from "#kit/recipes.ts";
import { checkFiles } from "#server/authoring/drafts.ts";

test.each([
  {
    form: "a preference study",
    recipe: aPreferenceStudy({
      arguments: {
        branches: [
          {
            slug: "a",
            ratio: 1,
            preferences: { p: { ...aStudyPreference(1), preferenceBranchType: "locked" } },
          },
        ],
      },
    }),
    at: "/arguments/branches/0/preferences/p/preferenceBranchType",
  },
  {
    form: "a study of one preference in Normandy's form",
    recipe: {
      name: "Old",
      action: "single-preference-experiment",
      arguments: {
        slug: "old",
        preferenceName: "p",
        preferenceType: "integer",
        preferenceBranchType: "locked",
        branches: [{ slug: "a", ratio: 1, value: 1 }],
      },
    },
    at: "/arguments/preferenceBranchType",
  },
])("a preference branch that is none is refused in $form, which a client would tell of", (row) => {
  const { drafts, findings } = checkFiles([{ file: "x.json", text: JSON.stringify(row.recipe) }]);
  expect(drafts).toEqual([]);
  expect(findings).toMatchObject([{ code: "recipe/out-of-range", at: row.at }]);
});
