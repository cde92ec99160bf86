import { describe, expect, test } from "vitest";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { checkFiles } from "#server/authoring/drafts.ts";

const study = aPreferenceStudy();

describe("an author is told", () => {
  test.each([
    {
      wrong: "an action that does not exist",
      recipe: { ...study, action: "prefernce-study" },
      sentence:
        /^no action is called "prefernce-study"; did you mean "preference-study"\? \(the actions are preference-study, .*console-log\)$/u,
    },
    {
      wrong: "a slug with blanks",
      recipe: aRollout({ slug: "a b", arguments: { slug: "a b" } }),
      sentence: /^expected lower-case letters, digits, - and _$/u,
    },
    {
      wrong: "an empty text",
      recipe: aPreferenceStudy({ arguments: { userFacingName: "" } }),
      sentence: /^expected at least 1 character$/u,
    },
    {
      wrong: "an empty list",
      recipe: aPreferenceStudy({ arguments: { branches: [] } }),
      sentence: /^expected at least 1 entry$/u,
    },
    {
      wrong: "ratio 0",
      recipe: withBranch({ slug: "b", ratio: 0, preferences: {} }),
      sentence: /^expected at least 1$/u,
    },
    {
      wrong: "a fraction",
      recipe: withBranch({ slug: "b", ratio: 1.5, preferences: {} }),
      sentence: /^expected a whole number$/u,
    },
    {
      wrong: "a type that does not exist",
      recipe: withPreference({ ...aStudyPreference(3), preferenceType: "float" }),
      sentence: /^expected one of string, integer, boolean$/u,
    },
    {
      wrong: "a value that no preference has",
      recipe: withPreference({ ...aStudyPreference(3), preferenceValue: null }),
      sentence: /^expected a text or a number or true or false$/u,
    },
    {
      wrong: "a text where a list belongs",
      recipe: aPreferenceStudy({ arguments: { branches: "control" as never } }),
      sentence: /^expected a list$/u,
    },
    {
      wrong: "a text as arguments",
      recipe: { ...study, arguments: "slug" },
      sentence: /^expected an object$/u,
    },
    {
      wrong: "a member that is missing",
      recipe: { ...study, name: undefined },
      sentence: /^a required member is missing$/u,
    },
    {
      wrong: "a filter that ends too early",
      recipe: { ...study, filter_expression: "(" },
      sentence: /^unexpected end at character 2$/u,
    },
  ])("of $wrong, in words", ({ recipe, sentence }) => {
    const { findings } = checkFiles([{ file: "x.json", text: JSON.stringify(recipe) }]);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringMatching(sentence)]);
  });
});

function withBranch(branch: object): object {
  const branches = [study.arguments.branches[0], branch];
  return { ...study, arguments: { ...study.arguments, branches } };
}

function withPreference(preference: object): object {
  return withBranch({ slug: "b", ratio: 1, preferences: { "test.p": preference } });
}
