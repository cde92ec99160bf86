import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Chromium, ChromiumPage } from "#kit/chromium.ts";
import { text, until, violations } from "#kit/page-checks.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openChromiumStage, type SettingsStage } from "#kit/settings-stage.ts";

// The Inspector in a stock Chromium: what inspector.test.ts asks of Firefox, where it may differ.

const passwords = "privacy.services.passwordSavingEnabled";

describe("the Inspector of the extension in Chromium", () => {
  let stage: SettingsStage & { readonly chromium: Chromium };
  let page: ChromiumPage;

  const order = async (action: string): Promise<void> => {
    await page.run(`() => { document.querySelector("#dismiss").click(); ${action} }`);
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
  };
  const recipe = (id: number): Promise<unknown> =>
    page.run(`(id) => document.querySelector("#recipe-" + id).textContent`, id);

  beforeAll(async () => {
    stage = await openChromiumStage();
    // The run that a browser begins by itself is over before there is anything to find.
    await stage.run();
    const wanted = (value: boolean) => ({
      "signon.rememberSignons": aStudyPreference(value),
    });
    await stage.publish([
      aPreferenceStudy({
        id: 10,
        arguments: {
          slug: "passwords",
          userFacingName: "Fewer offers",
          branches: [
            { slug: "as-it-is", ratio: 1, preferences: wanted(true) },
            { slug: "no-offer", ratio: 1, preferences: wanted(false) },
          ],
        },
      }),
      aRollout({
        id: 11,
        filter_expression: 'env.locale == "xx"',
        arguments: {
          slug: "no-prefetch",
          preferences: [{ preferenceName: "network.prefetch-next", value: false }],
        },
      }),
    ]);
    page = await stage.chromium.openPage("pages/inspector.html");
    await page.run(until(`document.querySelectorAll("#recipes > li").length === 2`));
    await page.run(`() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    }`);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test.each(["light", "dark"] as const)("has nothing that axe objects to: %s", async (value) => {
    await page.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    expect(await violations(page)).toEqual([]);
  });

  test("lists every recipe with its suitability, and what would make it match", async () => {
    expect(await recipe(10)).toContain("filter-match");
    const shown = String(await page.run(text("#recipe-11")));
    expect(shown).toContain("filter-mismatch");
    expect(shown).toMatch(/What would make it match\s+env\.locale == "xx" comes true/u);
  });

  test("puts this browser in the branch that is chosen, with the next run and not before", async () => {
    await order(`document.querySelector("#branch-10").value = "no-offer";
      document.querySelector("#force-10").click();`);
    expect(await recipe(10)).toContain("Set signon.rememberSignons to false");
    expect(await stage.shown(passwords)).toEqual([[true, "controllable_by_this_extension"]]);
    await order(`document.querySelector("#run").click();`);
    expect(await stage.shown(passwords)).toEqual([[false, "controlled_by_this_extension"]]);
    expect(await recipe(10)).toContain("This browser is in no-offer");
  });

  test("moves the clock, and is shut with dev mode off", async () => {
    await order(`document.querySelector("#clock-days").value = "-2";
      document.querySelector("#clock-form button").click();`);
    expect(await page.run(text("#clock-banner"))).toContain("2 days earlier");
    expect(await violations(page)).toEqual([]);
    await stage.set("dev_mode", false);
    await order(`document.querySelector("#look").click();`);
    expect(await page.run(text("#status"))).toContain("dev mode only");
    const answer = await page.run(
      `() => chrome.runtime.sendMessage({ ask: "move-clock", days: 9 })`,
    );
    expect(answer).toEqual({
      value: { devMode: false, clockDays: 0, forced: {}, inspection: null },
    });
    expect(await page.run(`async () => (await chrome.storage.local.get("qa")).qa`)).toEqual({
      forced: { passwords: "no-offer" },
      clockDays: -2,
    });
    expect(await violations(page)).toEqual([]);
  });
});
