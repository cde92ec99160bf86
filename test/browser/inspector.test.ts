import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { focused, tabTo, text, until, violations } from "#kit/page-checks.ts";
import { type LabFirefox, openLabFirefox } from "#kit/lab-firefox.ts";
import { aConsoleLog, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The Inspector in a real Firefox: first with a stand-in for the background, then in the extension.

const openAll = `() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
}`;
const noticed = until(`document.querySelector("#notice").textContent !== ""`);

describe("the Inspector, over a background that says anything", () => {
  let lab: LabFirefox;
  beforeAll(async () => {
    lab = await openLabFirefox("inspector");
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "moved" },
    { scheme: "dark", scene: "moved" },
    { scheme: "light", scene: "braked" },
    { scheme: "light", scene: "closed" },
    { scheme: "dark", scene: "refused" },
    { scheme: "dark", scene: "unreadable" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await lab.open(scene, scheme);
    expect(await violations(page)).toEqual([]);
    await page.run(openAll);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test("says that nothing is ended while a set would end too much", async () => {
    const page = await lab.open("braked");
    expect(await page.run(text("#ends-section"))).toContain("nothing is ended");
    await page.close();
  });

  test("needs no sideways scrolling at 320 pixels, with everything opened", async () => {
    const page = await lab.open("moved");
    await page.resize(320, 640);
    await page.run(openAll);
    expect(await page.run(`() => innerWidth`)).toBe(320);
    expect(await page.run(`() => document.documentElement.scrollWidth`)).toBeLessThanOrEqual(320);
    await page.close();
  });

  test("moves the clock by keyboard alone, says so, and puts it right again", async () => {
    const page = await lab.open("full");
    await tabTo(page, /^Days$/u);
    await page.press("1", "0", "Enter");
    await page.run(noticed);
    expect(await page.run(`() => lab.asked.at(-1)`)).toEqual({ ask: "move-clock", days: 10 });
    expect(await page.run(text("#clock-banner"))).toContain("10 days later");
    await page.run(`() => { document.querySelector("#recipes-title").focus(); }`);
    await page.run(`() => { document.querySelector("#clock-back").focus(); }`);
    await page.press("Enter");
    await page.run(until(`document.querySelector("#clock-banner").textContent === ""`));
    expect(await page.run(text("#notice"))).toBe("The clock is right again.");
    await page.close();
  });

  test("keeps what is folded open, and the focus, when it looks again", async () => {
    const page = await lab.open("full");
    await page.run(`() => {
      document.querySelector("#recipe-5").open = true;
      document.querySelector("#branch-5").value = "six";
      document.querySelector("#force-5").focus();
    }`);
    await page.press("Enter");
    await page.run(noticed);
    expect(await page.run(text("#notice"))).toBe(
      "The next run puts this browser in branch six of german-address-bar.",
    );
    expect(await page.run(`() => document.querySelector("#recipe-5").open`)).toBe(true);
    expect(await page.run(focused)).toBe("Choose");
    await page.close();
  });

  test("says when nobody answers, and when it is not to be used", async () => {
    const page = await lab.open("full");
    await page.run(`() => { lab.refusal = "no receiving end"; }`);
    await page.run(`() => { document.querySelector("#look").click(); }`);
    await page.run(until(`document.querySelector("#failure .card")`));
    expect(await page.run(text("#failure"))).toContain("no receiving end");
    expect(await page.run(text("#recipes"))).toContain("Opening connections early");
    // It has said that it keeps asking.
    await page.run(`() => { lab.refusal = undefined; }`);
    await page.run(until(`!document.querySelector("#failure .card")`));
    expect(await page.run(text("#notice"))).toBe("");
    await page.close();
    const closed = await lab.open("closed");
    expect(await closed.run(text("#status"))).toContain("dev mode only");
    expect(await closed.run(`() => document.querySelector("#run").checkVisibility()`)).toBe(false);
    await closed.close();
  });
});

describe("the Inspector of the extension", () => {
  const studied = "browser.sessionhistory.max_entries";
  let stage: Stage;
  let page: Tab;

  const order = async (action: string): Promise<void> => {
    await page.run(`() => { document.querySelector("#dismiss").click(); ${action} }`);
    await page.run(noticed);
  };
  const choose = (branch: string): Promise<void> =>
    order(`document.querySelector("#branch-10").value = ${JSON.stringify(branch)};
      document.querySelector("#force-10").click();`);
  const runNow = (): Promise<void> => order(`document.querySelector("#run").click();`);
  const recipe = (id: number): Promise<unknown> =>
    page.run(`(id) => document.querySelector("#recipe-" + id).textContent`, id);

  beforeAll(async () => {
    stage = await openStage();
    const inADay = new Date(Date.now() + 86_400_000).toISOString();
    // The run that a browser begins by itself is over before there is anything to find.
    await stage.run();
    await stage.publish([
      aPreferenceStudy({
        id: 10,
        arguments: {
          slug: "history-study",
          userFacingName: "Shorter history",
          branches: [
            { slug: "thirty", ratio: 1, preferences: { [studied]: aStudyPreference(30) } },
            { slug: "twenty", ratio: 1, preferences: { [studied]: aStudyPreference(20) } },
          ],
        },
      }),
      aRollout({
        id: 11,
        filter_expression: `env.locale == "xx" && env.version|versionCompare("100.0") >= 0`,
        arguments: {
          slug: "highlight",
          preferences: [{ preferenceName: "findbar.highlightAll", value: true }],
        },
      }),
      aConsoleLog({ id: 12, filter_expression: `env.request_time > "${inADay}"|date` }),
    ]);
    page = await stage.firefox.openPage("pages/inspector.html");
    await page.run(until(`document.querySelectorAll("#recipes > li").length === 3`));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("lists every recipe with its suitability, its filter part by part, and what would make it match", async () => {
    expect(await recipe(11)).toContain("filter-mismatch");
    await page.run(openAll);
    const shown = String(await page.run(text("#recipe-11")));
    expect(shown).toMatch(/env\.locale == "xx"\s+is\s+false/u);
    expect(shown).toMatch(/env\.locale\s+is\s+"en-US"/u);
    expect(shown).toMatch(/env\.version\|versionCompare\("100\.0"\) >= 0\s+is\s+true/u);
    expect(shown).toMatch(/What would make it match\s+env\.locale == "xx" comes true/u);
    expect(await violations(page)).toEqual([]);
  });

  test("puts this browser in whichever branch is chosen, also when it was in another", async () => {
    for (const [branch, value] of [
      ["twenty", 20],
      ["thirty", 30],
    ] as const) {
      await choose(branch);
      expect(await recipe(10)).toContain(
        `Set ${studied} to ${String(value)} on the default branch`,
      );
      await runNow();
      expect(await stage.firefox.getPref(studied)).toBe(value);
      expect(await recipe(10)).toContain(`This browser is in ${branch}`);
      expect(await recipe(10)).toContain("Nothing would be done.");
    }
  });

  test("plans without touching the browser", async () => {
    await choose("twenty");
    // The old branch is left at once, the new one waits for a run.
    expect(await stage.firefox.getPref(studied)).toBe(50);
    expect(await recipe(10)).toContain(`Set ${studied} to 20`);
    expect(await stage.firefox.getPref(studied)).toBe(50);
  });

  test("moves the clock: filters see it, and every page says so", async () => {
    expect(await recipe(12)).toContain("filter-mismatch");
    await order(`document.querySelector("#clock-days").value = "3";
      document.querySelector("#clock-form button").click();`);
    expect(await recipe(12)).toContain("filter-match");
    expect(await page.run(text("#clock-banner"))).toContain("3 days later");
    const studies = await stage.firefox.openPage("pages/studies.html");
    await studies.run(until(`document.querySelector("#clock-banner p")`));
    expect(await studies.run(text("#clock-banner"))).toContain("3 days later");
    await studies.close();
    expect((await stage.run()).recipes).toMatchObject({ 12: "success" });
  });

  test("is shut with dev mode off: what was said before holds no more, and nothing is obeyed", async () => {
    await stage.firefox.setPref("extensions.mulberry.dev_mode", false);
    await order(`document.querySelector("#look").click();`);
    expect(await page.run(text("#status"))).toContain("dev mode only");
    const answers = await page.run(`async () => {
      const orders = [
        { ask: "force-branch", slug: "history-study", branch: "thirty" },
        { ask: "move-clock", days: 9 },
        { ask: "run-now" },
        { ask: "inspect" },
      ];
      return Promise.all(orders.map((order) => browser.runtime.sendMessage(order)));
    }`);
    const closed = { devMode: false, clockDays: 0, forced: {}, inspection: null };
    expect(answers).toEqual(Array(4).fill({ value: closed }));
    const stored = await page.run(`async () => (await browser.storage.local.get("qa")).qa`);
    expect(stored).toEqual({ forced: { "history-study": "twenty" }, clockDays: 3 });
  });
});
