import { describe, expect, test } from "vitest";
import { checkFiles } from "#server/authoring/drafts.ts";

const study = {
  name: "Tabs",
  action: "preference-study",
  arguments: {
    slug: "tabs",
    userFacingName: "Tabs",
    userFacingDescription: "Where new tabs open.",
    branches: [
      {
        slug: "a",
        ratio: 1,
        preferences: { "test.a": { preferenceType: "integer", preferenceValue: 1 } },
      },
    ],
  },
  filter_expression: "env.isFirstRun",
};

describe("recipe files", () => {
  test("that are good are drafts with the capabilities that they need", () => {
    const { drafts, findings } = checkFiles([asFile("a.json", study)]);

    expect(findings).toEqual([]);
    expect(drafts[0]?.draft).toMatchObject({ slug: "tabs", action: "preference-study" });
    expect(drafts[0]?.capabilities).toEqual(
      expect.arrayContaining(["action.preference-study", "capabilities-v1"]),
    );
  });

  test.each([
    { wrong: "JSON", text: "{", code: "recipe/malformed", at: "" },
    { wrong: "a list", text: "[]", code: "recipe/malformed", at: "" },
    {
      wrong: "a key twice",
      text: '{"name":"a","name":"b"}',
      code: "recipe/malformed",
      at: "/name",
    },
    {
      wrong: "the action's name",
      text: change({ action: "constructor" }),
      code: "recipe/unknown-action",
      at: "/action",
    },
    {
      wrong: "the name's type",
      text: change({ name: 3 }),
      code: "recipe/wrong-type",
      at: "/name",
    },
    {
      wrong: "half of a surrogate pair",
      text: change({ name: "a\ud800b" }),
      code: "recipe/malformed",
      at: "/name",
    },
    {
      wrong: "a slug that no event has room for",
      text: change({ arguments: { ...study.arguments, slug: "s".repeat(81) } }),
      code: "recipe/out-of-range",
      at: "/arguments/slug",
    },
    {
      wrong: "a branch that no event has room for",
      text: changeBranch({ slug: "b".repeat(81) }),
      code: "recipe/out-of-range",
      at: "/arguments/branches/0/slug",
    },
    {
      wrong: "a slug that reaches for a prototype",
      text: change({ arguments: { ...study.arguments, slug: "constructor" } }),
      code: "recipe/out-of-range",
      at: "/arguments/slug",
    },
    {
      wrong: "an add-on study's slug of two lines",
      text: addonStudy({ slug: "a\nb" }),
      code: "recipe/out-of-range",
      at: "/arguments/slug",
    },
    {
      wrong: "an add-on branch's slug of two lines",
      text: addonStudy({ branches: [{ slug: "a\nb", ratio: 1 }] }),
      code: "recipe/out-of-range",
      at: "/arguments/branches/0/slug",
    },
    {
      wrong: "a preference that no recipe may set",
      text: changeBranch({
        preferences: { "security.a/b": { preferenceType: "integer", preferenceValue: 1 } },
      }),
      code: "recipe/denied-preference",
      at: "/arguments/branches/0/preferences/security.a~1b",
    },
    {
      wrong: "one in a rollout",
      text: JSON.stringify({
        name: "Tabs",
        action: "preference-rollout",
        arguments: {
          slug: "tabs",
          preferences: [
            { preferenceName: "test.a", value: 1 },
            { preferenceName: "app.update.auto", value: false },
          ],
        },
      }),
      code: "recipe/denied-preference",
      at: "/arguments/preferences/1/preferenceName",
    },
    {
      wrong: "one in the older form of a study",
      text: JSON.stringify({
        name: "Tabs",
        action: "preference-experiment",
        arguments: {
          slug: "tabs",
          preferenceName: "app.update.auto",
          preferenceType: "boolean",
          branches: [{ slug: "a", ratio: 1, value: false }],
        },
      }),
      code: "recipe/denied-preference",
      at: "/arguments/preferenceName",
    },
    {
      wrong: "more bytes than a client fetches",
      text: change({ name: "x".repeat(300_000) }),
      code: "recipe/too-large",
      at: "",
    },
    {
      wrong: "a ratio of 0",
      text: changeBranch({ ratio: 0 }),
      code: "recipe/out-of-range",
      at: "/arguments/branches/0/ratio",
    },
    {
      wrong: "a ratio that is a float",
      text: changeBranch({ ratio: 1.5 }),
      code: "recipe/wrong-type",
      at: "/arguments/branches/0/ratio",
    },
    {
      wrong: "a float as a preference",
      text: changeBranch({
        preferences: { p: { preferenceType: "integer", preferenceValue: 0.5 } },
      }),
      code: "recipe/wrong-type",
      at: "/arguments/branches/0/preferences/p/preferenceValue",
    },
    {
      wrong: "the filter's syntax",
      text: change({ filter_expression: "env.version >" }),
      code: "filter/syntax",
      at: "/filter_expression",
    },
    {
      wrong: "the filter's size",
      text: change({ filter_expression: `${" ".repeat(9_000)}true` }),
      code: "filter/too-large",
      at: "/filter_expression",
    },
    {
      wrong: "the filter's depth",
      text: change({ filter_expression: `${"(".repeat(100)}1${")".repeat(100)}` }),
      code: "filter/too-deep",
      at: "/filter_expression",
    },
    {
      wrong: "a transform that does not exist",
      text: change({ filter_expression: "1|nope" }),
      code: "filter/unknown-transform",
      at: "/filter_expression",
    },
    ...[
      '"a"|regExpMatch("(")',
      'env.version|regExpMatch("a(?=b)")',
      'env.version|regExpMatch("(?<!a)b")',
      'env.version|regExpMatch("(a)\\\\1")',
      'env.version|regExpMatch("a", "v")',
      'env.version|regExpMatch("a" + "{1000}{1000}")',
      '1|regExpMatch("a")',
      "env.isFirstRun && [env.userId]|stableSample(1.5)",
      "[env.userId]|stableSample(-0.1)",
      '[env.userId]|stableSample("a")',
      "[env.userId]|stableSample",
      "[env.userId]|stableSample(10 / 5)",
      "[env.userId]|bucketSample(-1, 10, 100)",
      "[env.userId]|bucketSample(0, (5 - 10), 100)",
      "[env.userId]|bucketSample(0, 10, 0)",
      "[env.userId]|bucketSample(0, 10)",
      "[env.userId]|bucketSample(5, 10, (0 - 100))",
      "'browser.tabs .x'|preferenceValue == 1",
      "'browser\ttabs'|preferenceExists",
      "''|preferenceIsUserSet",
    ].map((filter) => ({
      wrong: `a constant in the filter ${filter}`,
      text: change({ filter_expression: filter }),
      code: "filter/evaluation",
      at: "/filter_expression",
    })),
    {
      wrong: "a blank in a study's preference",
      text: changeBranch({
        preferences: { "a b": { preferenceType: "boolean", preferenceValue: true } },
      }),
      code: "recipe/out-of-range",
      at: "/arguments/branches/0/preferences/a b",
    },
    {
      wrong: "a line end in a rollout's preference",
      text: change({
        action: "preference-rollout",
        arguments: { slug: "a", preferences: [{ preferenceName: "a\n", value: 1 }] },
      }),
      code: "recipe/out-of-range",
      at: "/arguments/preferences/0/preferenceName",
    },
    {
      wrong: "a blank in the preference of an older study",
      text: change({
        action: "preference-experiment",
        arguments: {
          slug: "a",
          preferenceName: " a",
          preferenceType: "boolean",
          branches: [{ slug: "a", ratio: 1, value: true }],
        },
      }),
      code: "recipe/out-of-range",
      at: "/arguments/preferenceName",
    },
  ])("with $wrong wrong are refused with a pointer", ({ text, code, at }) => {
    const { drafts, findings } = checkFiles([{ file: "x.json", text }]);

    expect(drafts).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ code, file: "x.json", at }));
  });

  test.each([
    'env.version|regExpMatch("^15[0-9]")',
    'env.version|regExpMatch("A", "i")',
    'env.version|regExpMatch("(" + env.channel)',
    'env.version|regExpMatch("(", env.channel)',
    "[env.userId]|stableSample(0.1) && [env.userId]|stableSample(1) && [env.userId]|stableSample(0)",
    "[env.userId]|stableSample(1 / 3)",
    "[env.userId]|stableSample(env.version)",
    "[env.userId]|bucketSample(9500, 1000, 10000)",
    "[env.userId]|bucketSample(0, env.version, 100)",
    "'browser.tabs.x'|preferenceValue('a b') == 'a b'",
    "('browser.' + env.channel + ' x')|preferenceValue",
  ])("may have the filter %s", (filter) => {
    const { findings } = checkFiles([
      { file: "x.json", text: change({ filter_expression: filter }) },
    ]);
    expect(findings).toEqual([]);
  });

  test("tell of every mistake in every file at once", () => {
    const text = changeBranch({ ratio: 0 }, { filter_expression: "(" });
    const { findings } = checkFiles([
      { file: "x.json", text },
      { file: "y.json", text: "" },
    ]);

    expect(findings.map(({ file, code }) => `${file} ${code}`)).toEqual([
      "x.json recipe/out-of-range",
      expect.stringMatching(/^x\.json filter\//u),
      "y.json recipe/malformed",
    ]);
  });
});

function asFile(file: string, value: unknown): { readonly file: string; readonly text: string } {
  return { file, text: JSON.stringify(value) };
}

function change(overrides: object): string {
  return JSON.stringify({ ...study, ...overrides });
}

function changeBranch(overrides: object, more: object = {}): string {
  const branches = study.arguments.branches.map((branch) => ({ ...branch, ...overrides }));
  return change({ ...more, arguments: { ...study.arguments, branches } });
}

function addonStudy(overrides: object): string {
  const said = { slug: "a", branches: [{ slug: "a", ratio: 1 }], ...overrides };
  return change({ action: "addon-study", arguments: { ...study.arguments, ...said } });
}
