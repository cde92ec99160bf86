import { describe, expect, test } from "vitest";
import { anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import type { Draft } from "#recipes/recipe.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { doubtsAbout } from "#server/authoring/doubts.ts";
import { warningsIn } from "#server/authoring/lint.ts";

const end = 'env.request_time < "2030-01-01"|date';

describe("a filter that reads otherwise than it looks", () => {
  test.each([
    "env.isFirstRun || env.syncSetup && env.doNotTrack",
    "[env.isFirstRun || true && false]|length",
    'env.doNotTrack && (env.channel == "esr" || true && false)',
    '!env.locale == "de"',
    '!env.locale in ["de"]',
  ])("is told of: %s", (filter) => {
    expect(codesOf(warningsIn(rollout(filter)))).toEqual(["warning/mixed-operators"]);
  });

  test.each([
    "env.doNotTrack && env.syncSetup || env.isFirstRun",
    "(env.isFirstRun || env.syncSetup) && env.doNotTrack",
    "env.isFirstRun || (env.syncSetup && env.doNotTrack)",
    "[env.isFirstRun || true, true && false]",
    '!(env.locale == "de")',
    '"a || b && c" == env.locale',
  ])("and nothing is told of %s", (filter) => {
    expect(warningsIn(rollout(filter))).toEqual([]);
  });
});

describe("a preview doubts", () => {
  test.each([
    ['env.version >= "100"', /compares texts/u],
    ['normandy.version == "153.0"', /compares texts/u],
    ['env.version|versionCompare("153.0") >= 0', /153\.0esr.*versionCompare\("153\.!"\) >= 0/u],
    ['env.version|versionCompare("153") <= 0', /updates of 153.*versionCompare\("153\.\*"\) < 0/u],
  ])("versions whose suffixes are forgotten: %s", (filter, sentence) => {
    expect(doubts(rollout(filter))).toEqual([
      { code: "warning/version-suffix", message: expect.stringMatching(sentence) as unknown },
    ]);
  });

  test.each([
    ['env.version|versionCompare("153.!") >= 0 && env.version|versionCompare("160.*") < 0'],
    ['env.version|versionCompare("153.0b1") >= 0'],
  ])("no version that is written with care: %s", (filter) => {
    expect(doubts(rollout(filter))).toEqual([]);
  });

  test.each([
    `"test.tabs.after"|preferenceValue == false && ${end}`,
    `!("tab-study" in env.experiments.active) && ${end}`,
    `env.isFirstRun && ${end}`,
  ])("a study that its own filter ends: %s", (filter) => {
    expect(codesOf(doubts(study(filter)))).toEqual(["warning/leaves-by-itself"]);
    expect(doubts(rollout(filter))).toEqual([]);
  });

  test("a study that a journey ends", () => {
    expect(codesOf(doubts(study(`env.country == "DE" && ${end}`)))).toEqual([
      "warning/asks-the-server",
    ]);
  });

  test("a study without an end, and one without a page about it", () => {
    expect(codesOf(doubts(aPreferenceStudy({ filter_expression: "true" })))).toEqual([
      "warning/no-end",
      "warning/no-document",
    ]);
    expect(codesOf(doubts(anAddonStudy({ filter_expression: end })))).toEqual([]);
  });

  test.each([
    { mine: '["n", env.userId]|bucketSample(0, 100, 1000)', isShared: true },
    { mine: '["n", normandy.userId]|bucketSample(0, 100, 1000)', isShared: true },
    { mine: '["n", env.userId]|bucketSample(950, 100, 1000)', isShared: true },
    { mine: '["n", env.userId]|stableSample(0.01)', isShared: true },
    { mine: '["n", env.userId]|bucketSample(50, 100, 1000)', isShared: false },
    { mine: '["m", env.userId]|bucketSample(0, 100, 1000)', isShared: false },
  ])("a sample that draws the browsers of a live recipe: $mine", ({ mine, isShared }) => {
    const other = aRollout({
      id: 2,
      slug: "other",
      filter_expression: '["n", env.userId]|bucketSample(0, 50, 1000)',
    });
    expect(codesOf(doubts(rollout(mine), [other]))).toEqual(
      isShared ? ["warning/shared-sample"] : [],
    );
  });

  test("no sample that is the recipe's own from before", () => {
    const before = rollout('["n", env.userId]|bucketSample(0, 50, 1000)');
    const now = rollout('["n", env.userId]|bucketSample(0, 500, 1000)');
    expect(doubts(now, [before])).toEqual([]);
  });
});

test("a text for people that holds blanks alone is told of", () => {
  const blank = aPreferenceStudy({ filter_expression: "true", arguments: { userFacingName: " " } });
  expect(warningsIn(blank)).toMatchObject([
    { code: "warning/says-nothing", at: "/arguments/userFacingName" },
  ]);
});

function rollout(filter: string): Draft {
  return aRollout({ filter_expression: filter });
}

function study(filter: string): Draft {
  const experimentDocumentUrl = "https://mulberry.example/tab-study";
  return aPreferenceStudy({ filter_expression: filter, arguments: { experimentDocumentUrl } });
}

function doubts(
  recipe: object,
  live: readonly Draft[] = [],
): readonly { readonly code: string; readonly message: string }[] {
  const drafts = readDrafts([{ file: "recipe.json", text: JSON.stringify(recipe) }]);
  return drafts
    .flatMap((draft) => doubtsAbout(draft, live))
    .map(({ code, message }) => ({ code, message }));
}

function codesOf(findings: readonly { readonly code: string }[]): readonly string[] {
  return findings.map(({ code }) => code);
}
