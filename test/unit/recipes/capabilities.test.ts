import { describe, expect, test } from "vitest";
import {
  capabilitiesOf,
  capabilitiesOfAction,
  capabilitiesOfPreferences,
  missingCapabilities,
  missingForPreferences,
} from "#recipes/capabilities.ts";
import { aConsoleLog, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";

describe("the capabilities of a recipe", () => {
  test("are what its action and its filter need, sorted", () => {
    const recipe = aPreferenceStudy({
      filter_expression: '[normandy.userId, "x"]|bucketSample(0, 1, 2)',
      capabilities: [],
    });
    const wanted = capabilitiesOf(recipe);

    expect(wanted).toEqual(
      expect.arrayContaining([
        "action.preference-study",
        "capabilities-v1",
        "jexl.transform.bucketSample",
      ]),
    );
    expect(wanted).toEqual([...new Set(wanted)].sort());
  });

  test("hold those that are written in it, and each once", () => {
    const capabilities = ["surprise", "action.console-log", "capabilities-v1"];

    expect(capabilitiesOf(aConsoleLog({ capabilities }))).toEqual([
      "action.console-log",
      "capabilities-v1",
      "surprise",
    ]);
  });

  test("name the action as we do, however the recipe names it", () => {
    const recipe = {
      action: "multi-preference-experiment",
      filter_expression: "",
      capabilities: ["action.multi-preference-experiment"],
    };

    expect(capabilitiesOf(recipe)).toEqual(["action.preference-study", "capabilities-v1"]);
  });

  test("keep an action that nobody knows, so that a client lacks it", () => {
    expect(capabilitiesOfAction({ action: "format-disk" })).toContain("action.format-disk");
  });

  test("cannot be told from a broken filter, and can without it", () => {
    const recipe = aConsoleLog({ filter_expression: "1 +" });

    expect(() => capabilitiesOf(recipe)).toThrow(
      expect.objectContaining({ code: "filter/syntax" }),
    );
    expect(capabilitiesOfAction(recipe)).toContain("action.console-log");
  });
});

describe("a client", () => {
  const supported = ["capabilities-v1", "action.preference-study", "jexl.context.env"];

  test("has an action under either name", () => {
    expect(missingCapabilities(["action.multi-preference-experiment"], supported)).toEqual([]);
    expect(
      missingCapabilities(["action.preference-study"], ["action.multi-preference-experiment"]),
    ).toEqual([]);
  });

  test("lacks what it was not given, sorted, each once", () => {
    const wanted = ["z", "jexl.context.env", "action.opt-out-study", "z", "action.addon-study"];

    expect(missingCapabilities(wanted, supported)).toEqual(["action.addon-study", "z"]);
  });
});

describe("a client that knows some preferences only", () => {
  const able = new Set(
    capabilitiesOfPreferences(
      ["default"],
      new Map([
        ["test.known", ["a", "b"]],
        ["test.on", [true]],
      ]),
    ),
  );
  const asking = (
    preferences: Readonly<Record<string, ReturnType<typeof aStudyPreference>>>,
    filter = "",
  ) =>
    aPreferenceStudy({
      filter_expression: filter,
      arguments: {
        branches: [
          { slug: "control", ratio: 1, preferences: {} },
          { slug: "treatment", ratio: 1, preferences },
        ],
      },
    });
  const set = (name: string, value: string | boolean) =>
    aRollout({ arguments: { preferences: [{ preferenceName: name, value }] } });

  test.each([
    { what: "a value that it can set", recipe: asking({ "test.known": aStudyPreference("a") }) },
    { what: "the same in a rollout", recipe: set("test.on", true) },
    {
      what: "a name in its filter",
      recipe: asking({}, "'test.known'|preferenceValue == 'other'"),
    },
    {
      what: "a setting of the extension in its filter",
      recipe: asking({}, "'extensions.mulberry.testing_for_recipes'|preferenceValue"),
    },
    { what: "nothing of the kind", recipe: aConsoleLog() },
    { what: "a filter that cannot be read", recipe: aConsoleLog({ filter_expression: "1 +" }) },
  ])("runs a recipe with $what", ({ recipe }) => {
    expect(missingForPreferences(recipe, able)).toEqual([]);
  });

  test.each([
    {
      what: "another name, in one branch only",
      recipe: asking({ "test.other": aStudyPreference("a") }),
      missing: ["mulberry.preference.test.other"],
    },
    {
      what: "a value that it cannot set, which it does not tell",
      recipe: set("test.known", "c"),
      missing: ["mulberry.preference.test.known"],
    },
    {
      what: "a text that reads like a value of another type",
      recipe: set("test.on", "true"),
      missing: ["mulberry.preference.test.on"],
    },
    {
      what: "the other branch",
      recipe: asking({ "test.known": aStudyPreference("a", "user") }),
      missing: ["mulberry.preference-branch.user"],
    },
    {
      what: "another name in its filter",
      recipe: asking({}, "'test.other'|preferenceIsUserSet"),
      missing: ["mulberry.preference.test.other"],
    },
  ])("lacks what a recipe needs that asks for $what", ({ recipe, missing }) => {
    expect(missingForPreferences(recipe, able)).toEqual(missing);
  });

  test("is told apart from one that knows them all", () => {
    const all = new Set(capabilitiesOfPreferences(["default", "user"], undefined));
    const recipe = asking(
      { "test.other": aStudyPreference("a", "user") },
      "'test.third'|preferenceExists",
    );
    expect(missingForPreferences(recipe, all)).toEqual([]);
  });
});
