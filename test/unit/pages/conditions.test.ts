import { describe, expect, test } from "vitest";
import type { ChangeView } from "#core/messages.ts";
import { conditionTexts, endOfFilter } from "#extension/pages/conditions.ts";
import { untilText, whyText } from "#extension/pages/wording.ts";
import { words } from "#kit/words.ts";

const study: ChangeView = {
  key: "preference-study/a",
  kind: "preference-study",
  slug: "a",
  name: "A",
  description: "",
  branch: "control",
  isLive: true,
  startedMs: 1000,
  preferences: [],
  recipeId: 7,
  told: [],
};

describe("why a change is in this browser", () => {
  test.each([
    ['env.version|versionCompare("115.0") >= 0', "its version is 115.0 or later"],
    ['normandy.version|versionCompare("128.!") < 0', "its version is earlier than 128.!"],
    [
      '[env.userId, "x"]|bucketSample(0, 25, 10000)',
      "it is among the 0.25% of browsers that were drawn by chance",
    ],
    ["env.userId|stableSample(0.5)", "it is among the 50% of browsers that were drawn by chance"],
    ['normandy.locale in ["de", "fr"]', "its language is one of de and fr"],
    ['env.country == "DE"', "its country is DE"],
    ['env.channel != "nightly"', "its update channel is not nightly"],
    ["env.os.isLinux", "it runs on Linux"],
  ])("is said in words where there are words: %s", (filter, text) => {
    expect(conditionTexts(filter, words)).toEqual([{ form: "words", text }]);
  });

  test.each([
    ["!env.os.isLinux", "!env.os.isLinux"],
    ["env.locale == env.other", "env.locale == env.other"],
    ["env.addons|keys|length > 3", "env.addons|keys|length > 3"],
    ["env.locale in [1, 2]", "env.locale in [1, 2]"],
    ["env.constructor", "env.constructor"],
    ["env.userId|stableSample(2)", "env.userId|stableSample(2)"],
    ['env.version|versionCompare("115.0") >= 1', 'env.version|versionCompare("115.0") >= 1'],
    // Another version could read it.
    ["env.locale ==== 1", "env.locale ==== 1"],
  ])("is quoted where a word could be wrong: %s", (filter, text) => {
    expect(conditionTexts(filter, words)).toEqual([{ form: "code", text }]);
  });

  test("is nothing in particular where every browser is meant", () => {
    expect(conditionTexts("", words)).toEqual([]);
    expect(conditionTexts("true", words)).toEqual([]);
    const server = "https://mulberry.example.org";
    expect(whyText({ ...study, filter: "true" }, server, words)).toBe(
      "It is meant for every browser, by recipe 7 from mulberry.example.org.",
    );
  });

  test("counts its conditions", () => {
    const why = (filter: string) => whyText({ ...study, filter }, null, words);
    expect(why("env.os.isLinux")).toBe("This browser met the one condition of recipe 7:");
    expect(why("env.os.isLinux && env.isFirstRun")).toBe(
      "This browser met the 2 conditions of recipe 7:",
    );
  });
});

describe("until when a change runs", () => {
  const filter = 'env.request_time < "2026-12-01T12:00:00Z"|date';

  test("is the moment that its filter names, for what ends with its filter", () => {
    expect(endOfFilter(filter)).toBe(Date.parse("2026-12-01T12:00:00Z"));
    expect(untilText({ ...study, filter }, words)).toMatch(
      /2026.*, when its recipe stops to match/u,
    );
  });

  test("is its owner's to say where no filter names one, and for rollouts, which outlive their filter", () => {
    expect(untilText({ ...study, filter: "" }, words)).toContain("Its owner ends it");
    expect(untilText(study, words)).toContain("Its owner ends it");
    expect(untilText({ ...study, kind: "preference-rollout", filter }, words)).toContain(
      "Its owner takes it back",
    );
  });
});
