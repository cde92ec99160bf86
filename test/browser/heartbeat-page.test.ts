import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import { until, violations } from "#kit/page-checks.ts";
import { openPageLab, type PageLab } from "#kit/page-lab.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The page of a survey in a real Firefox, with a stand-in for the background, which says anything
// and lets time pass.

const minute = 60_000;
const text = (selector: string): string =>
  `() => document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`;

describe("the page of a survey", () => {
  let lab: PageLab;
  let firefox: Firefox;
  let page: Tab;
  const schemes = { dark: 0, light: 1 } as const;

  async function open(scene: string, scheme: keyof typeof schemes = "light"): Promise<void> {
    await firefox.setPref("layout.css.prefers-color-scheme.content-override", schemes[scheme]);
    page = await firefox.openTab(lab.url(scene));
    await page.run(until(`document.querySelector("h1")`));
  }
  const moments = (): Promise<unknown> => page.run(`() => lab.said.map(({ moment }) => moment)`);
  const chooses = (score: number): Promise<unknown> =>
    page.run(`(score) => document.querySelector(\`[value="\${score}"]\`).click()`, score);
  const sends = (): Promise<unknown> =>
    page.run(`() => document.querySelector("form").requestSubmit()`);
  const passes = (ms: number): Promise<unknown> => page.run(`(ms) => lab.pass(ms)`, ms);
  const isThanked = until(`document.querySelector(".thanks")`);
  const isClosed = until(`lab.closed > 0`);

  beforeAll(async () => {
    lab = await openPageLab("heartbeat");
    firefox = await launchFirefox();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await firefox.close();
    await lab[Symbol.asyncDispose]();
  });

  test.each([
    { scheme: "light", scene: "whole" },
    { scheme: "dark", scene: "whole" },
    { scheme: "light", scene: "button" },
    { scheme: "dark", scene: "over" },
    { scheme: "light", scene: "right" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    await open(scene, scheme);
    expect(await violations(page)).toEqual([]);
    if (scene === "over") return;
    await page.run(`() => {
      document.querySelector("details").open = true;
      document.querySelector("[value='3']")?.click();
      lab.refusal = "no receiving end";
      document.querySelector("form").requestSubmit();
    }`);
    await page.run(until(`document.querySelector(".failure")`));
    expect(await violations(page)).toEqual([]);
    await page.run(`() => { lab.refusal = undefined; }`);
    await sends();
    await page.run(isThanked);
    expect(await violations(page)).toEqual([]);
  });

  test("needs no sideways scrolling at 320 pixels", async () => {
    await open("whole");
    await page.resize(320, 640);
    await page.run(`() => { document.querySelector("details").open = true; }`);
    const width = await page.run(`() => document.documentElement.scrollWidth`);
    expect(Number(width)).toBeLessThanOrEqual(320);
  });

  test("is answered by keyboard alone: arrows choose, Enter sends, and the thanks have the focus", async () => {
    await open("stars");
    await page.press("Tab", "Space", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft");
    expect(await page.run(text(".chosen"))).toBe("3 of 5 stars");
    expect(await moments()).toEqual(["offeredTS"]);
    await page.press("Enter");
    await page.run(isThanked);
    expect(await page.run(`() => lab.said.at(-1)`)).toEqual({
      ask: "heartbeat",
      moment: "votedTS",
      flowId: "9c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c05",
      score: 3,
    });
    expect(await page.run(`() => document.activeElement.textContent`)).toBe(
      "Thank you! This helps us to decide.",
    );
    await passes(5_000);
    await page.run(isClosed);
    expect(await moments()).toEqual(["offeredTS", "votedTS", "closedTS"]);
    expect(await page.run(`() => lab.opened`)).toEqual([]);
  });

  test("tells a screen reader each star by its number, in one group named by the question", async () => {
    await open("stars");
    expect(
      await page.run(`() => [...document.querySelectorAll("input")].map(({ type, name, ariaLabel }) =>
        [type, name, ariaLabel].join(" "))`),
    ).toEqual([
      "radio score 1 star",
      ...[2, 3, 4, 5].map((count) => `radio score ${String(count)} stars`),
    ]);
    expect(await page.run(text("fieldset > legend"))).toBe("How do you like the new tabs?");
  });

  test("takes no answer without a star", async () => {
    await open("stars");
    await sends();
    expect(await page.run(`() => document.querySelector("form").checkValidity()`)).toBe(false);
    expect(await moments()).toEqual(["offeredTS"]);
  });

  test("opens what the recipe asks for once it is answered, with what Normandy adds", async () => {
    await open("whole");
    await chooses(5);
    await sends();
    await page.run(until(`lab.opened.length > 0`));
    const [url] = (await page.run(`() => lab.opened`)) as readonly string[];
    expect([...new URL(url ?? "").searchParams]).toEqual([
      ["team", "desktop"],
      ["source", "mulberry"],
      ["fxVersion", "153.0"],
      ["isDefaultBrowser", "1"],
      ["searchEngine", "null"],
      ["surveyversion", "153.0"],
      ["syncSetup", "0"],
      ["updateChannel", "esr"],
      ["utm_campaign", expect.stringMatching(/^Firefoxnowopensnewtabs.*%2C.*%3F$/u)],
      ["utm_medium", "show-heartbeat"],
      ["utm_source", "firefox"],
      ["userId", "00000000-0000-4000-8000-000000000003"],
      ["type", "stars"],
      ["score", "5"],
      ["flowId", "9c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c05"],
    ]);
  });

  test("has a button in place of the stars where the recipe names one", async () => {
    await open("button");
    expect(await page.run(`() => document.querySelectorAll("input").length`)).toBe(0);
    await page.press("Tab", "Enter");
    await page.run(isThanked);
    expect(await page.run(text(".thanks"))).toBe("Thank you.");
    expect(await moments()).toEqual(["offeredTS", "engagedTS"]);
    await page.run(until(`lab.opened.length > 0`));
    const [url] = (await page.run(`() => lab.opened`)) as readonly string[];
    expect(url).toMatch(/type=button&flowId=/u);
    expect(url).not.toMatch(/score|userId/u);
  });

  test("tells when its link is followed, and stays", async () => {
    await open("whole");
    await page.run(`() => {
      const link = document.querySelector(".learn-more a");
      link.addEventListener("click", (event) => event.preventDefault());
      link.click();
    }`);
    expect(await moments()).toEqual(["offeredTS", "learnMoreTS"]);
    expect(
      await page.run(`() => {
        const { href, target, rel } = document.querySelector(".learn-more a");
        return [href, target, rel];
      }`),
    ).toEqual(["https://intranet.example/tabs", "_blank", "noreferrer"]);
  });

  test("gives up after five minutes", async () => {
    await open("stars");
    await passes(5 * minute - 1);
    expect(await page.run(`() => lab.closed`)).toBe(0);
    await passes(1);
    await page.run(isClosed);
    expect(await moments()).toEqual(["offeredTS", "expiredTS", "closedTS"]);
  });

  test("does not expire once it is answered", async () => {
    await open("stars");
    await chooses(1);
    await sends();
    await page.run(isThanked);
    await passes(5 * minute);
    await page.run(isClosed);
    expect(await moments()).toEqual(["offeredTS", "votedTS", "closedTS"]);
  });

  test("is declined by its other button", async () => {
    await open("stars");
    await page.run(`() => document.querySelector(".button.plain").click()`);
    await page.run(isClosed);
    expect(await moments()).toEqual(["offeredTS", "closedTS"]);
  });

  test("keeps an answer that nobody took, and says so", async () => {
    await open("stars");
    await chooses(2);
    await page.run(`() => { lab.refusal = "no receiving end"; }`);
    await sends();
    await page.run(until(`document.querySelector(".failure")`));
    expect(await page.run(text("#said"))).toContain("Please try again");
    expect(await page.run(text(".chosen"))).toBe("2 of 5 stars");
    await page.run(`() => { lab.refusal = undefined; }`);
    await sends();
    await page.run(isThanked);
    expect(await moments()).toEqual(["offeredTS", "votedTS"]);
  });

  test("goes when a switch forbids it meanwhile", async () => {
    await open("stars");
    await page.run(`() => { lab.tell(); }`);
    expect(await page.run(`() => lab.closed`)).toBe(0);
    await page.run(`() => { lab.prompt = undefined; lab.tell(); }`);
    await page.run(isClosed);
  });

  test("shows what a recipe says as text, whatever it is", async () => {
    await open("markup");
    expect(await page.run(text("h1"))).toBe("<img src=x onerror=alert(1)><b>bold</b>");
    expect(await page.run(`() => document.querySelectorAll("main img, main b").length`)).toBe(1);
    await chooses(1);
    await sends();
    await page.run(isThanked);
    expect(await page.run(text(".thanks"))).toBe("<i>you</i>");
  });
});
