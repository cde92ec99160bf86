import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { focused, openDownloads, tabTo, text, until, violations } from "#kit/page-checks.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The Studies page in the extension, in a real Firefox. What it shows of any state at all is in studies-lab.test.ts.

describe("the Studies page of the extension", () => {
  const studied = "browser.sessionhistory.max_entries";
  const rolledOut = "findbar.highlightAll";
  let stage: Stage;
  let page: Tab;

  beforeAll(async () => {
    stage = await openStage();
    await stage.publish([
      aPreferenceStudy({
        id: 10,
        filter_expression: 'env.version|versionCompare("100.0") >= 0',
        arguments: {
          slug: "history-study",
          userFacingName: "Shorter history",
          branches: [
            { slug: "thirty", ratio: 1, preferences: { [studied]: aStudyPreference(30) } },
          ],
        },
      }),
      aRollout({
        id: 11,
        arguments: { slug: "highlight", preferences: [{ preferenceName: rolledOut, value: true }] },
      }),
    ]);
    await stage.run();
    await stage.firefox.setPref("layout.css.prefers-color-scheme.content-override", 1);
    page = await stage.firefox.openPage("pages/studies.html");
    await page.run(until(`document.querySelectorAll("#running article").length === 2`));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("shows what runs, where it comes from and how the last run went", async () => {
    expect(await page.run(text("#status"))).toContain(new URL(stage.server.url).host);
    expect(await page.run(text("#status"))).toContain("every signature was right");
    expect(await page.run(text("#running"))).toContain(studied);
    expect(await page.run(text("#running"))).toContain("thirty");
    expect(await violations(page)).toEqual([]);
  });

  test("says of a change what it was before, why it is here, until when, and what was sent", async () => {
    await page.run(until(`document.querySelectorAll("#running .told").length === 4`));
    const shown = String(await page.run(text("#running")));
    expect(shown).toMatch(/browser\.sessionhistory\.max_entries\s+from 50 to 30/u);
    expect(shown).toMatch(/findbar\.highlightAll\s+from false to true/u);
    expect(shown).toContain(`This browser met the one condition of recipe 10 from`);
    expect(shown).toContain("its version is 100.0 or later");
    expect(shown).toContain("It is meant for every browser, by recipe 11 from");
    expect(shown).toContain("Its owner ends it; no date is set");
    expect(shown.match(/That it began, sent today at/gu)).toHaveLength(2);
    const enrolled = (await stage.events("normandy")).filter(({ method }) => method === "enroll");
    const details = await page.run(`() => document.querySelector("#running").textContent`);
    for (const { extra } of enrolled)
      expect(details).toContain(`enrollmentId: ${String(extra?.["enrollmentId"])}`);
    expect(enrolled).toHaveLength(2);
  });

  test("saves all of it as a file, for whoever asks", async () => {
    await using downloads = await openDownloads();
    await stage.firefox.setPref("browser.download.folderList", 2);
    await stage.firefox.setPref("browser.download.dir", downloads.folder);
    // Firefox's own panel would take the keyboard.
    await stage.firefox.setPref("browser.download.alwaysOpenPanel", false);
    await tabTo(page, /^Export as JSON$/u);
    await page.press("Enter");
    const { name, data } = await downloads.first();
    expect(name).toMatch(/^mulberry-studies-\d{4}-\d\d-\d\d\.json$/u);
    expect(data).toMatchObject({
      format: "mulberry-studies/1",
      switches: { studies_enabled: true },
      lastRun: { runner: "success" },
      ended: [],
    });
    const { running } = data as { readonly running: readonly Record<string, unknown>[] };
    expect(running.find(({ slug }) => slug === "history-study")).toMatchObject({
      branch: "thirty",
      preferences: [{ name: studied, before: 50, value: 30 }],
      told: [{ method: "enroll", extra: { branch: "thirty" } }],
    });
    expect(await page.run(text("#notice"))).toBe(`Exported as ${name}.`);
    expect(await page.run(focused)).toBe("Export as JSON");
    // Tab does not come round through Firefox's own controls here.
    await page.run(`() => { document.querySelector("#running-title").focus(); }`);
  });

  test("notices without being asked that the person changed a preference", async () => {
    await stage.firefox.setPref(studied, 44);
    await page.run(until(`document.querySelector("#running .overridden")`));
    expect(await page.run(text("#running .overridden"))).toContain("you changed this yourself");
  });

  test("leaves a rollout by keyboard: the browser is as it was, the server is told why", async () => {
    expect(await stage.firefox.getPref(rolledOut)).toBe(true);
    await tabTo(page, /^Leave highlight$/u);
    await page.press("Enter", "Tab", "Enter");
    await page.run(until(`document.querySelectorAll("#running article").length === 1`));
    expect(await stage.firefox.getPref(rolledOut)).toBe(false);
    await stage.run();
    const ends = (await stage.events("normandy")).filter(({ method }) => method === "unenroll");
    expect(ends.map(({ value, extra }) => [value, extra?.["reason"]])).toEqual([
      ["highlight", "individual-opt-out"],
    ]);
  });

  test("leaves everything: nothing runs, and nothing starts again", async () => {
    await tabTo(page, /^Leave everything…$/u);
    await page.press("Enter", "Tab", "Enter");
    await page.run(until(`document.querySelector("#empty .card")`));
    expect(await page.run(text("#empty"))).toContain("Studies and rollouts are off");
    expect(await stage.firefox.getPref("extensions.mulberry.studies_enabled")).toBe(false);
    await stage.run();
    expect(await page.run(`() => document.querySelectorAll("#running article").length`)).toBe(0);
  });

  test("is where the toolbar button leads", async () => {
    await page.close();
    const url = await stage.firefox.runPrivileged(
      `async (id) => {
        const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
        const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
        const { extension } = WebExtensionPolicy.getByID(id);
        const action = ExtensionParent.apiManager.global.browserActionFor(extension);
        action.triggerAction(window);
        while (!gBrowser.currentURI.spec.endsWith("/pages/studies.html"))
          await new Promise((done) => setTimeout(done, 20));
        return gBrowser.currentURI.spec;
      }`,
      "mulberry@mulberry.example",
    );
    expect(url).toContain("/pages/studies.html");
  });
});
