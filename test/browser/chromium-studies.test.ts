import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chromium, type ChromiumPage, launchChromium } from "#kit/chromium.ts";
import { openDownloads, text, until, violations } from "#kit/page-checks.ts";
import { openPageLab, type PageLab } from "#kit/page-lab.ts";
import { aConsoleLog, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openChromiumStage, type SettingsStage } from "#kit/settings-stage.ts";

// The Studies page in a stock Chromium: what studies.test.ts asks of Firefox, where it may differ.

async function choose(page: ChromiumPage, value: "light" | "dark"): Promise<void> {
  await page.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
}

describe("the Studies page in Chromium, over a background that says anything", () => {
  let lab: PageLab;
  let chromium: Chromium;

  beforeAll(async () => {
    lab = await openPageLab("studies");
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium.close();
    await lab[Symbol.asyncDispose]();
  });

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "refused" },
    { scheme: "dark", scene: "administered" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await chromium.openPage(lab.url(scene));
    await choose(page, scheme);
    await page.run(until(`document.querySelector("#status p")`));
    expect(await violations(page)).toEqual([]);
    await page.run(`() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
      document.querySelector("#running .button").click();
    }`);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe("the Studies page of the extension in Chromium", () => {
  let stage: SettingsStage & { readonly chromium: Chromium };
  let page: ChromiumPage;

  beforeAll(async () => {
    stage = await openChromiumStage();
    const branches = [
      {
        slug: "no-offer",
        ratio: 1,
        preferences: { "signon.rememberSignons": aStudyPreference(false) },
      },
    ];
    const preferences = [{ preferenceName: "network.prefetch-next", value: false }];
    await stage.publish([
      aPreferenceStudy({
        id: 10,
        filter_expression: 'env.version|versionCompare("100.0") >= 0',
        arguments: { slug: "passwords", userFacingName: "Fewer offers", branches },
      }),
      aRollout({ id: 11, arguments: { slug: "no-prefetch", preferences } }),
      aConsoleLog({ id: 12 }),
    ]);
    await stage.run();
    page = await stage.chromium.openPage("pages/studies.html");
    await page.run(until(`document.querySelectorAll("#running .told").length === 4`));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test.each(["light", "dark"] as const)("has nothing that axe objects to: %s", async (scheme) => {
    await choose(page, scheme);
    expect(await violations(page)).toEqual([]);
  });

  test("says what each change was before, why it is here, and what was sent", async () => {
    const shown = String(await page.run(text("#running")));
    expect(shown).toMatch(/signon\.rememberSignons\s+from true to false/u);
    expect(shown).toMatch(/network\.prefetch-next\s+from true to false/u);
    expect(shown).toContain("its version is 100.0 or later");
    expect(shown.match(/That it began, sent today at/gu)).toHaveLength(2);
  });

  test("saves all of it as a file", async () => {
    await using downloads = await openDownloads();
    const devtools = await page.page.createCDPSession();
    await devtools.send("Browser.setDownloadBehavior", {
      behavior: "allow",
      downloadPath: downloads.folder,
    });
    await page.page.focus("#export");
    await page.page.keyboard.press("Enter");
    expect((await downloads.first()).data).toMatchObject({
      format: "mulberry-studies/1",
      running: [{ told: [{ method: "enroll" }] }, { told: [{ method: "enroll" }] }],
    });
  });

  test("leaves a study by keyboard, says so, and remembers it among what has ended", async () => {
    await page.page.focus("[id='leave-preference-study%2Fpasswords']");
    await page.page.keyboard.press("Enter");
    await page.page.keyboard.press("Tab");
    await page.page.keyboard.press("Enter");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toContain("You left the study “Fewer offers”");
    expect(await page.run(`() => document.activeElement.textContent`)).toBe("no-prefetch");
    expect(await page.run(text("#past"))).toContain("You left it.");
    expect(await stage.shown("privacy.services.passwordSavingEnabled")).toEqual([
      [true, "controllable_by_this_extension"],
    ]);
    await stage.run();
    await page.run(
      until(
        `/That it ended, and why, sent today/u.test(document.querySelector("#past").textContent)`,
      ),
    );
    expect(await violations(page)).toEqual([]);
  });
});
