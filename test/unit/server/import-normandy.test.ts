import { describe, expect, test } from "vitest";
import { enrolled, filterIn, imported } from "#kit/imports.ts";
import { aNormandyRecipe, inVersion3, signed } from "#kit/other-systems.ts";
import { importFrom } from "#server/authoring/import.ts";

describe("an import from Normandy", () => {
  test.each([
    { form: "one recipe", value: aNormandyRecipe() },
    { form: "version 1's list", value: [aNormandyRecipe()] },
    { form: "its signed list", value: [signed(aNormandyRecipe())] },
    {
      form: "a page of version 3",
      value: { count: 1, next: null, results: [inVersion3(aNormandyRecipe())] },
    },
    { form: "Remote Settings", value: { data: [{ id: "743", ...signed(aNormandyRecipe()) }] } },
  ])("takes $form, and what comes out runs", async ({ value }) => {
    const { recipes, notes, refusals } = imported(value);
    expect({ notes, refusals }).toEqual({ notes: [], refusals: [] });
    const [text = ""] = recipes.map((recipe) => recipe.text);
    expect(JSON.parse(text)).not.toHaveProperty("id");
    expect(JSON.parse(text)).toMatchObject({ action: "preference-study" });
    expect(await enrolled(text)).toBeGreaterThan(50);
  });

  test("takes every action by every name, and what a rollout is told", () => {
    const said = [
      aNormandyRecipe({
        action: "preference-experiment",
        arguments: {
          slug: "one-preference",
          preferenceName: "browser.tabs.warnOnClose",
          preferenceType: "boolean",
          preferenceBranchType: "user",
          isHighPopulation: false,
          branches: [{ slug: "off", ratio: 1, value: false }],
        },
      }),
      aNormandyRecipe({
        action: "preference-rollout",
        arguments: { slug: "calm", preferences: [{ preferenceName: "a.b", value: 3 }] },
      }),
      aNormandyRecipe({ action: "preference-rollback", arguments: { rolloutSlug: "calm" } }),
      aNormandyRecipe({ action: "addon-rollback", arguments: { rolloutSlug: "reader" } }),
      aNormandyRecipe({ action: "console-log", arguments: { message: "hello" } }),
      aNormandyRecipe({
        action: "show-heartbeat",
        arguments: {
          surveyId: "hb-2026",
          message: "How is it?",
          thanksMessage: "Thank you!",
          postAnswerUrl: "",
          learnMoreMessage: null,
          learnMoreUrl: null,
          repeatOption: "once",
        },
      }),
    ];
    const { recipes, refusals } = imported(said);
    expect(refusals).toEqual([]);
    expect(recipes.map(({ text }) => (JSON.parse(text) as { action: string }).action)).toEqual([
      ...["preference-study", "preference-rollout", "preference-rollback", "addon-rollback"],
      ...["console-log", "show-heartbeat"],
    ]);
  });

  test("compiles filter objects anew, with the parentheses that Normandy left out", () => {
    const filter_object = [
      { type: "platform", platforms: ["all_mac", "all_linux"] },
      { type: "channel", channels: ["esr"] },
    ];
    const { recipes } = imported(inVersion3(aNormandyRecipe(), { filter_object }));
    expect(filterIn(recipes)).toBe(
      '(env.os.isMac || env.os.isLinux) && (env.channel in ["esr"]) && (true)',
    );
  });

  test("takes the revision that was approved, and says that there is a newer one", () => {
    const recipe = inVersion3(aNormandyRecipe({ name: "Approved" }));
    const { latest_revision } = inVersion3(aNormandyRecipe({ name: "Newer" }), { id: 9 }) as {
      readonly latest_revision: object;
    };
    const { recipes, notes } = imported({ ...recipe, latest_revision });
    expect(recipes[0]?.text).toContain('"name": "Approved"');
    expect(notes).toMatchObject([{ code: "import/newer-revision", at: "/latest_revision" }]);
  });

  test("lets no add-on of another number in, and takes it under the one that it has here", () => {
    const study = aNormandyRecipe({
      action: "branched-addon-study",
      arguments: {
        slug: "reader",
        userFacingName: "Reader",
        userFacingDescription: "A reader.",
        isEnrollmentPaused: false,
        branches: [
          { slug: "control", ratio: 1, extensionApiId: null },
          { slug: "reader", ratio: 1, extensionApiId: 12 },
        ],
      },
    });
    const { recipes, refusals } = imported([study]);
    expect(recipes).toEqual([]);
    expect(refusals).toMatchObject([
      { code: "import/extension-id", at: "/0/arguments/branches/1/extensionApiId" },
    ]);
    const mapped = importFrom("list.json", [study], new Map([["12", 3]]));
    expect(mapped.recipes[0]?.text).toContain('"extensionApiId": 3');
  });

  test("refuses one recipe with its place, and carries the others over", () => {
    const { recipes, refusals } = imported([
      aNormandyRecipe(),
      signed(aNormandyRecipe({ filter_expression: "normandy.channel ==" })),
      aNormandyRecipe({ action: "messaging-experiment" }),
      { something: "else" },
    ]);
    expect(recipes).toHaveLength(1);
    expect(refusals.map(({ code, at }) => ({ code, at }))).toEqual([
      { code: "filter/syntax", at: "/1/recipe/filter_expression" },
      { code: "recipe/unknown-action", at: "/2/action" },
      { code: "import/unknown-form", at: "/3" },
    ]);
  });
});
