import { describe, expect, test } from "vitest";
import { parseScenario, ScenarioError } from "#kit/scenario/parse.ts";

const head = `name: a scenario
recipes:
  study:
    action: preference-study
    arguments:
      branches:
        - slug: only
          preferences: { browser.tabs.warnOnOpen: false }
`;

/** Why a text is no scenario. */
function refusal(text: string): Pick<ScenarioError, "code" | "at" | "line"> & { message: string } {
  try {
    parseScenario(text);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const { code, at, line, message } = error;
    return { code, at, line, message };
  }
  throw new Error("it was taken");
}

describe("a file", () => {
  test.each([
    {
      when: "is no YAML",
      text: "name: [",
      refused: { code: "scenario/syntax", at: "", line: 1 },
    },
    {
      when: "has no name",
      text: "steps: [run]",
      refused: { code: "scenario/malformed", at: "/name", line: 1 },
    },
    {
      when: "has a member that nobody knows",
      text: `${head}stages: [run]\nsteps: [run]\n`,
      refused: { code: "scenario/malformed", at: "/stages", line: 9 },
    },
    {
      when: "names a step that does not exist",
      text: `${head}steps:\n  - run\n  - dance\n`,
      refused: { code: "scenario/unknown-step", at: "/steps/1", line: 11 },
    },
    {
      when: "says two things in one step",
      text: `${head}steps:\n  - { run: null, crash: null }\n`,
      refused: { code: "scenario/malformed", at: "/steps/0", line: 10 },
    },
    {
      when: "publishes a recipe that it does not have",
      text: `${head}steps:\n  - publish: [study, other]\n`,
      refused: { code: "scenario/bad-argument", at: "/steps/0/publish/1", line: 10 },
    },
    {
      when: "tells a step something else than it takes",
      text: `${head}steps:\n  - clock: tomorrow\n`,
      refused: { code: "scenario/bad-argument", at: "/steps/0/clock", line: 10 },
    },
    {
      when: "expects what nobody can see",
      text: `${head}steps:\n  - expect:\n      runner: success\n      weather: fine\n`,
      refused: { code: "scenario/unknown-expectation", at: "/steps/0/expect/weather", line: 12 },
    },
    {
      when: "expects nothing",
      text: `${head}steps:\n  - expect: {}\n`,
      refused: { code: "scenario/bad-argument", at: "/steps/0/expect", line: 10 },
    },
    {
      when: "expects something of a recipe that it does not have",
      text: `${head}steps:\n  - expect:\n      recipes: { other: success }\n`,
      refused: { code: "scenario/bad-argument", at: "/steps/0/expect/recipes/other", line: 11 },
    },
    {
      when: "has a filter object that is none",
      text: `name: x\nrecipes:\n  a:\n    action: console-log\n    filter_object:\n      - { type: moon }\nsteps: [run]\n`,
      refused: { code: "scenario/malformed", at: "/recipes/a/filter_object/0/type", line: 6 },
    },
  ])("that $when is refused with a code, a pointer and a line", ({ text, refused }) => {
    expect(refusal(text)).toMatchObject(refused);
  });

  test("that names no step that exists is told which there are", () => {
    expect(refusal(`${head}steps: [dance]`).message).toMatch(/"dance".*publish, run/u);
  });

  test("may leave out of a recipe what it is not about", () => {
    const { recipes } = parseScenario(`${head}  rollout:
    action: preference-rollout
    arguments: { preferences: { a.b: 1 } }
  for-testers: { action: console-log, filter_object: [{ type: qaOnly }] }
steps: [run]`);
    expect(recipes["study"]).toMatchObject({ id: 1, slug: "study" });
    expect(recipes["study"]?.content).toMatchObject({
      arguments: {
        slug: "study",
        isEnrollmentPaused: false,
        branches: [
          {
            ratio: 1,
            preferences: {
              "browser.tabs.warnOnOpen": {
                preferenceType: "boolean",
                preferenceBranchType: "default",
                preferenceValue: false,
              },
            },
          },
        ],
      },
    });
    expect(recipes["rollout"]?.content).toMatchObject({
      id: 2,
      arguments: { slug: "rollout", preferences: [{ preferenceName: "a.b", value: 1 }] },
    });
    expect(recipes["for-testers"]?.content["filter_expression"]).toContain("for-testers");
  });

  test("says what it says of a recipe, and nothing is put in its place", () => {
    const { recipes } = parseScenario(`name: x
recipes:
  odd: { action: preference-study, id: 7, arguments: { slug: other, branches: none } }
steps: [run]`);
    expect(recipes["odd"]).toMatchObject({ id: 7, slug: "other" });
    expect(recipes["odd"]?.content).toMatchObject({ id: 7, arguments: { branches: "none" } });
  });
});
