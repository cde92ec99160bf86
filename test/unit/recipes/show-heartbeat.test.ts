import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkDraft, checkRecipe, parseRecipe } from "#recipes/parse.ts";
import { aHeartbeat } from "#kit/recipes.ts";

const required = {
  surveyId: "tabs-survey",
  message: "How do you like the new tabs?",
  thanksMessage: "Thank you!",
  postAnswerUrl: null,
  learnMoreMessage: null,
  learnMoreUrl: null,
};
const written = (said: Readonly<Record<string, unknown>>) => {
  const { slug: _slug, ...recipe } = aHeartbeat();
  return { ...recipe, arguments: said };
};
const findings = (said: object) =>
  checkRecipe(written({ ...required, ...said })).findings.map(({ code, at }) => [code, at]);

describe("the arguments of a survey", () => {
  test("have Normandy's defaults", () => {
    expect(parseRecipe(written(required)).arguments).toEqual({
      ...required,
      repeatOption: "once",
      repeatEvery: null,
      includeTelemetryUUID: false,
      engagementButtonLabel: null,
    });
  });

  test("give the recipe its name in events and manifests", () => {
    expect(parseRecipe(written(required)).slug).toBe("tabs-survey");
  });

  test.each(Object.keys(required))("must say %s", (name) => {
    const said = Object.entries(required).filter(([other]) => other !== name);
    expect(checkRecipe(written(Object.fromEntries(said))).findings).toMatchObject([
      { code: "recipe/missing", at: `/arguments/${name}` },
    ]);
  });

  test.each(["", "https://survey.example", "https://survey.example/a?b=c#d", "HTTPS://s.example/"])(
    "may lead to %j",
    (url) => {
      expect(findings({ postAnswerUrl: url, learnMoreUrl: url })).toEqual([]);
    },
  );

  test.each([
    "http://survey.example/",
    "javascript:alert(1)",
    "data:text/html,<p>",
    "moz-extension://id/pages/studies.html",
    "about:config",
    "file:///etc/passwd",
    "//survey.example/",
    "https:survey.example",
    "https://jane:secret@survey.example/",
    "https://survey.example\\@evil.example/",
    "https://survey.example/a b",
    " https://survey.example/",
    "https://",
  ])("may not lead to %j", (url) => {
    expect(findings({ postAnswerUrl: url })).toEqual([
      ["recipe/out-of-range", "/arguments/postAnswerUrl"],
    ]);
    expect(findings({ learnMoreUrl: url })).toEqual([
      ["recipe/out-of-range", "/arguments/learnMoreUrl"],
    ]);
  });

  test.each([
    { said: { surveyId: "" }, at: "surveyId" },
    { said: { surveyId: "s".repeat(101) }, at: "surveyId" },
    { said: { surveyId: "two\nlines" }, at: "surveyId" },
    { said: { message: "" }, at: "message" },
    { said: { repeatOption: "hourly" }, at: "repeatOption" },
  ])("are refused where they say $said", ({ said, at }) => {
    expect(findings(said)).toEqual([["recipe/out-of-range", `/arguments/${at}`]]);
  });
});

test("the survey in docs/surveys.md is one that can be published", async () => {
  const docs = path.join(import.meta.dirname, "../../../docs/surveys.md");
  const [, json = ""] = /```json\n(.*?)```/su.exec(await readFile(docs, "utf8")) ?? [];
  expect(checkDraft(JSON.parse(json))).toMatchObject({
    findings: [],
    draft: { action: "show-heartbeat", slug: "new-tabs-2026" },
  });
});
