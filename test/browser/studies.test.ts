import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import { until, violations } from "#kit/page-checks.ts";
import { openPageLab, type PageLab } from "#kit/page-lab.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The Studies page in a real Firefox: first with a stand-in for the background, which makes any
// state at will, then in the extension.

const text = (selector: string): string =>
  `() => document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`;
const focused = `() => document.activeElement?.innerText || document.activeElement?.id`;

/** Presses Tab until the control of that name has the focus; gives up after a round of the page. */
async function tabTo(page: Tab, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.press("Tab");
    const found = await page.run(`() => {
      const at = document.activeElement;
      const labels = (at?.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
      const named = labels.map((id) => document.getElementById(id)?.textContent).join(" ");
      return named || at?.labels?.[0]?.textContent || at?.textContent || "";
    }`);
    if (name.test(String(found))) return;
  }
  throw new Error(`no control is called ${String(name)}`);
}

describe("the Studies page, over a background that says anything", () => {
  let lab: PageLab;
  let firefox: Firefox;
  const schemes = { dark: 0, light: 1 } as const;

  async function open(scene: string, scheme: keyof typeof schemes = "light"): Promise<Tab> {
    await firefox.setPref("layout.css.prefers-color-scheme.content-override", schemes[scheme]);
    const page = await firefox.openTab(lab.url(scene));
    await page.run(until(`document.querySelector("#status p, #failure .card")`));
    return page;
  }

  beforeAll(async () => {
    lab = await openPageLab("studies");
    firefox = await launchFirefox();
  });
  afterAll(async () => {
    await firefox.close();
    await lab[Symbol.asyncDispose]();
  });

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "empty" },
    { scheme: "dark", scene: "unreadable" },
    { scheme: "dark", scene: "refused" },
    { scheme: "light", scene: "administered" },
    { scheme: "dark", scene: "administered" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await open(scene, scheme);
    expect(await page.run(`() => matchMedia("(prefers-color-scheme: dark)").matches`)).toBe(
      scheme === "dark",
    );
    expect(await violations(page)).toEqual([]);
    await page.run(`() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
      document.querySelector("#running .button, #leave-everything")?.click();
    }`);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test("needs no sideways scrolling at 320 pixels, with everything opened", async () => {
    const page = await open("full");
    await page.resize(320, 640);
    await page.run(`() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
      document.querySelector("#running .button").click();
    }`);
    const [width, view] = (await page.run(
      `() => [document.documentElement.scrollWidth, innerWidth]`,
    )) as readonly number[];
    expect(view).toBe(320);
    expect(width).toBeLessThanOrEqual(320);
    await page.close();
  });

  test("is left by keyboard alone: asked first, then told, and the focus goes on", async () => {
    const page = await open("full");
    await tabTo(page, /^Leave A calmer reading view$/u);
    await page.press("Enter");
    expect(await page.run(focused)).toBe("Stay in it");
    expect(await page.run(text(".question"))).toContain("Its add-on is removed.");

    await page.press("Escape");
    expect(await page.run(focused)).toBe("Leave");
    expect(await page.run(`() => lab.asked.some(({ ask }) => ask === "leave")`)).toBe(false);

    await page.press("Enter", "Tab", "Enter");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toContain("You left the study “A calmer reading view”");
    expect(await page.run(focused)).toBe("shorter-keep-alive");
    expect(await page.run(text("#running"))).not.toContain("A calmer reading view");
    expect(await page.run(`() => document.querySelector("#past").textContent`)).toContain(
      "A calmer reading viewYou left it.",
    );
    await page.close();
  });

  test("asks before a switch ends what runs, and turns it back when that is not wanted", async () => {
    const page = await open("full");
    await tabTo(page, /^Rollouts$/u);
    await page.press("Space");
    expect(await page.run(focused)).toBe("Keep rollouts on");
    const checked = `() => document.querySelector("#switch-rollouts_enabled").checked`;
    expect(await page.run(checked)).toBe(true);
    await page.press("Enter");
    expect(await page.run(focused)).toBe("switch-rollouts_enabled");
    expect(await page.run(`() => lab.asked.some(({ ask }) => ask === "set-switch")`)).toBe(false);

    await page.press("Space", "Tab", "Enter");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(checked)).toBe(false);
    expect(await page.run(text("#running"))).not.toContain("shorter-keep-alive");
    await page.close();
  });

  test("keeps what was known while nobody answers, says so, and recovers by itself", async () => {
    const page = await open("full");
    await page.run(`() => { lab.refusal = "no receiving end"; lab.tell(); }`);
    await page.run(until(`document.querySelector("#failure .card")`));
    expect(await page.run(text("#failure"))).toContain("no receiving end");
    expect(await page.run(text("#running"))).toContain("Opening connections early");

    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toContain("not certain");
    expect(
      await page.run(`() => document.querySelector("#switch-telemetry_enabled").checked`),
    ).toBe(true);

    await page.run(`() => { lab.refusal = undefined; lab.tell(); }`);
    await page.run(until(`!document.querySelector("#failure .card")`));
    await page.close();
  });

  test("shows text from a recipe as text", async () => {
    const page = await open("full");
    await page.run(`() => {
      const [first, ...rest] = lab.view.changes;
      const hostile = { ...first, name: "<img src=x onerror=document.title=1>" };
      lab.view = { ...lab.view, changes: [hostile, ...rest] };
      lab.tell();
    }`);
    await page.run(until(`document.querySelector("#running").textContent.includes("<img")`));
    expect(await page.run(`() => document.querySelectorAll("#running img").length`)).toBe(0);
    await page.close();
  });

  test("leaves a question open, and the focus in it, when news arrive", async () => {
    const page = await open("full");
    await tabTo(page, /^Leave Opening connections early$/u);
    await page.press("Enter", "Tab");
    await page.run(`() => {
      const [first, ...rest] = lab.view.changes;
      lab.view = { ...lab.view, changes: [{ ...first, description: "Changed." }, ...rest] };
      lab.tell();
    }`);
    await page.run(until(`document.querySelector("#running").textContent.includes("Changed.")`));
    expect(await page.run(focused)).toBe("Leave this study");
    await page.close();
  });
});

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
