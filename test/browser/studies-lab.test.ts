import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { focused, tabTo, text, until, violations } from "#kit/page-checks.ts";
import { type LabFirefox, openLabFirefox } from "#kit/lab-firefox.ts";

// The Studies page in a real Firefox with a stand-in for the background, which makes any state at will.

describe("the Studies page, over a background that says anything", () => {
  let lab: LabFirefox;
  beforeAll(async () => {
    lab = await openLabFirefox("studies");
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "empty" },
    { scheme: "dark", scene: "unreadable" },
    { scheme: "dark", scene: "refused" },
    { scheme: "light", scene: "moved" },
    { scheme: "dark", scene: "moved" },
    { scheme: "light", scene: "administered" },
    { scheme: "dark", scene: "administered" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await lab.open(scene, scheme);
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

  test("says that QA has moved the clock, and leads to the Inspector, in dev mode alone", async () => {
    const page = await lab.open("moved");
    expect(await page.run(text("#clock-banner"))).toBe(
      "The clock is moved: runs in this browser decide as if it were 3 days earlier.",
    );
    expect(await page.run(text("#qa a"))).toContain("Inspector");
    await page.close();
    const usual = await lab.open("full");
    expect(await usual.run(text("#clock-banner"))).toBe("");
    expect(await usual.run(`() => document.querySelector("#qa").hidden`)).toBe(true);
    await usual.close();
  });

  test("needs no sideways scrolling at 320 pixels, with everything opened", async () => {
    const page = await lab.open("full");
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
    const page = await lab.open("full");
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
    const row = `#past li:first-child summary`;
    expect(await page.run(text(row))).toMatch(/^A calmer reading view\s+You left it\./u);
    await page.close();
  });

  test("asks before a switch ends what runs, and turns it back when that is not wanted", async () => {
    const page = await lab.open("full");
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
    const page = await lab.open("full");
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
    const page = await lab.open("full");
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
    const page = await lab.open("full");
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
