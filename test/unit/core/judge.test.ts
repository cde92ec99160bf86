import { describe, expect, test } from "vitest";
import type { BodyOutcome } from "#core/bodies.ts";
import { digest } from "#core/digest.ts";
import { judgeFilter, readRecipe } from "#core/judge.ts";
import { verifyBody } from "#core/trust.ts";
import { capabilitiesOfPreferences } from "#recipes/capabilities.ts";
import type { Recipe } from "#recipes/recipe.ts";
import type { FilterContext } from "#recipes/filter.ts";
import { publish, type Publishing } from "#kit/authority.ts";
import { aConsoleLog, anAddonStudy, aPreferenceStudy } from "#kit/recipes.ts";

const supported = new Set([
  "capabilities-v1",
  "action.console-log",
  "action.preference-study",
  ...capabilitiesOfPreferences(["default", "user"], undefined),
]);

function read(said: Publishing, able: ReadonlySet<string> = supported) {
  const { entry, bytes } = publish(said);
  const body = verifyBody(entry, new TextDecoder().decode(bytes));
  return readRecipe(entry, { kind: "body", body }, able);
}

describe("reading a recipe", () => {
  test("gives the recipe when all is well", () => {
    const recipe = aConsoleLog();
    expect(read({ recipe })).toMatchObject({ kind: "read", recipe, entry: { id: 1 } });
  });

  test.each<[string, BodyOutcome | undefined, string, string]>([
    ["was not fetched", undefined, "download-error", "missing"],
    ["did not arrive", { kind: "missing", reason: "timeout" }, "download-error", "timeout"],
    ["is not what was signed", { kind: "mismatch", reason: "length" }, "signature-error", "length"],
  ])("whose body %s goes no further", (_what, outcome, suitability, reason) => {
    const { entry } = publish({ recipe: aConsoleLog() });
    expect(readRecipe(entry, outcome, supported)).toEqual({
      kind: "refused",
      entry,
      action: "console-log",
      suitability,
      reason,
    });
  });

  test.each([
    { what: "is no JSON", body: "{" },
    { what: "is no recipe", body: "[]" },
    { what: "has a key twice", body: '{"id":1,"id":1}' },
    { what: "nests too deep", body: "[".repeat(20) + "]".repeat(20) },
  ])("whose body $what has invalid arguments", ({ body }) => {
    expect(read({ recipe: aConsoleLog(), body })).toMatchObject({
      suitability: "arguments-invalid",
      reason: expect.stringMatching(/^recipe\//u) as unknown,
    });
  });

  test.each([
    { what: "id", entry: { id: 2 } },
    { what: "slug", entry: { slug: "another" } },
    { what: "revision", entry: { rev: "2" } },
    { what: "action", entry: { act: "preference-rollout" } },
  ])("under an entry of another $what is as wrong as unsigned", ({ entry }) => {
    expect(read({ recipe: aConsoleLog(), entry })).toMatchObject({
      suitability: "signature-error",
      reason: "identity",
    });
  });

  test("may spell the action as Normandy does, in body or entry", () => {
    const recipe = aPreferenceStudy();
    const body = JSON.stringify({ ...recipe, action: "multi-preference-experiment" });
    expect(read({ recipe, body })).toMatchObject({ kind: "read" });
    const entry = { act: "multi-preference-experiment" };
    expect(read({ recipe, entry })).toMatchObject({ kind: "read" });
  });

  test("that names a preference this browser cannot set ends there, however old the recipe is", () => {
    const recipe = aPreferenceStudy();
    const [name = ""] = Object.keys(recipe.arguments.branches[0]?.preferences ?? {});
    const able = new Set(["capabilities-v1", "action.preference-study"]);
    for (const own of capabilitiesOfPreferences(["default"], new Map([["test.other", [1]]])))
      able.add(own);
    expect(recipe.capabilities.filter((own) => own.startsWith("mulberry."))).toEqual([]);
    expect(read({ recipe }, able)).toMatchObject({
      suitability: "capabilities-mismatch",
      reason: `mulberry.preference.${name}`,
    });
  });

  test("that asks for what this browser lacks says the first of it", () => {
    expect(read({ recipe: anAddonStudy() })).toMatchObject({
      suitability: "capabilities-mismatch",
      reason: "action.addon-study",
    });
    const wants = aConsoleLog({ capabilities: ["action.console-log", "telepathy"] });
    expect(read({ recipe: wants })).toMatchObject({ reason: "telepathy" });
  });

  test("asks what it takes before it looks at the arguments", () => {
    const recipe = aPreferenceStudy();
    const body = JSON.stringify({ ...recipe, arguments: { slug: "tab-study" } });
    expect(read({ recipe, body })).toMatchObject({ suitability: "arguments-invalid" });
    expect(read({ recipe, body }, new Set(["capabilities-v1"]))).toMatchObject({
      suitability: "capabilities-mismatch",
    });
  });

  test("of an action that nobody knows names none", () => {
    const recipe = { ...aConsoleLog(), action: "time-travel" } as unknown as Recipe;
    expect(read({ recipe })).toMatchObject({
      suitability: "capabilities-mismatch",
      action: undefined,
    });
  });

  test("throws what is a fault of ours", () => {
    const { entry, bytes } = publish({ recipe: aConsoleLog() });
    const body = verifyBody(entry, new TextDecoder().decode(bytes));
    const broken = Object.defineProperty({ ...body }, "text", {
      get: () => {
        throw new Error("our fault");
      },
    });
    expect(() => readRecipe(entry, { kind: "body", body: broken }, supported)).toThrow("our fault");
  });
});

describe("a filter", () => {
  const context = (attribute: FilterContext["attribute"]): FilterContext => ({
    attribute,
    preference: () => ({ exists: false, userSet: false, value: undefined }),
    digest,
    delay: () => new Promise(() => undefined),
  });
  const judge = (expression: string, attribute: FilterContext["attribute"] = () => undefined) =>
    judgeFilter(aConsoleLog({ filter_expression: expression }), context(attribute));

  test.each([
    { expression: "", suitability: "filter-match" },
    { expression: "1 == 1", suitability: "filter-match" },
    { expression: "'text'", suitability: "filter-match" },
    { expression: "1 == 2", suitability: "filter-mismatch" },
    { expression: "0", suitability: "filter-mismatch" },
    { expression: "normandy.nothing", suitability: "filter-mismatch" },
  ])("of $expression is a $suitability", async ({ expression, suitability }) => {
    expect(await judge(expression)).toEqual({ suitability });
  });

  test.each(["1 ==", "(", "true|noSuchTransform"])(
    "of %j is an error with a code",
    async (expression) => {
      expect(await judge(expression)).toEqual({
        suitability: "filter-error",
        reason: expect.stringMatching(/^filter\//u) as unknown,
      });
    },
  );

  test("that asks for a member of what is null is an error", async () => {
    expect(await judge("env.attribution.source", () => null)).toMatchObject({
      suitability: "filter-error",
    });
  });

  test("waits for what is answered later", async () => {
    const later = () => Promise.resolve("DE");
    expect(await judge("env.country == 'DE'", later)).toEqual({ suitability: "filter-match" });
    expect(await judge("env.country == 'FR'", later)).toEqual({ suitability: "filter-mismatch" });
  });
});
