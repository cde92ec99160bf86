import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { focused, tabTo, text, until, violations } from "#kit/page-checks.ts";
import { type LabFirefox, openLabFirefox } from "#kit/lab-firefox.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The Telemetry page in a real Firefox with a stand-in for the background, which says anything.

const openAll = `() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
}`;
const count = (selector: string): string =>
  `() => document.querySelectorAll(${JSON.stringify(selector)}).length`;

/** As WebDriver names the key. */
const backspace = "\uE003";

/** Chooses a ping as a person does, and waits until it is on show. */
async function choose(page: Tab, id: string): Promise<void> {
  await page.run(
    `(id) => {
      const select = document.querySelector("#ping");
      select.value = id;
      select.dispatchEvent(new Event("change"));
    }`,
    id,
  );
  await page.run(until(`document.querySelector("#section-raw pre").textContent.includes("${id}")`));
}

describe("the Telemetry page, over a background that says anything", () => {
  let lab: LabFirefox;
  beforeAll(async () => {
    lab = await openLabFirefox("telemetry");
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "fresh" },
    { scheme: "light", scene: "off" },
    { scheme: "dark", scene: "off" },
    { scheme: "dark", scene: "administered" },
    { scheme: "light", scene: "unreadable" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await lab.open(scene, scheme);
    expect(await violations(page)).toEqual([]);
    await page.run(openAll);
    expect(await violations(page)).toEqual([]);
    if (scene === "full") {
      await choose(page, "00000000-0000-4000-8000-000000000001");
      await page.run(openAll);
      expect(await violations(page)).toEqual([]);
    }
    await page.close();
  });

  test("needs no sideways scrolling at 320 pixels, with everything opened", async () => {
    const page = await lab.open("full");
    await page.resize(320, 640);
    for (const id of [
      "00000000-0000-4000-8000-000000000003",
      "00000000-0000-4000-8000-000000000001",
    ]) {
      await choose(page, id);
      await page.run(openAll);
      expect(await page.run(`() => innerWidth`)).toBe(320);
      expect(await page.run(`() => document.documentElement.scrollWidth`)).toBeLessThanOrEqual(320);
    }
    await page.close();
  });

  test("draws each histogram as bars whose numbers can be read, and says what it measures", async () => {
    const page = await lab.open("full");
    expect(await page.run(text("#section-histograms .histogram"))).toMatch(
      /^MULBERRY_RUN_MS\s+How long one run took.*\s+12 samples, mean 880\.2, sum 10,562/u,
    );
    const row = `#section-histograms .histogram tbody tr:nth-child(3)`;
    expect(await page.run(text(row))).toMatch(/^531–657\s+4\s+33\.3%$/u);
    const widths = await page.run(`() => [...document.querySelectorAll(
      "#section-histograms .histogram:first-child rect",
    )].map((bar) => bar.getBoundingClientRect().width)`);
    const [, second = 0, third = 0] = widths as readonly number[];
    expect(second / third).toBeCloseTo(3 / 4, 1);
    await page.close();
  });

  test("shows the part of the session alone, or the whole of it, and how much of that is at hand", async () => {
    const page = await lab.open("full");
    expect(await page.run(text("#section-scalars"))).toContain("Scalars");
    await tabTo(page, /^The whole session/u);
    await page.press("Space");
    await page.run(until(`document.querySelector("#parts").textContent !== ""`));
    expect(await page.run(text("#parts"))).toBe("Parts at hand: 3 of 4");
    expect(await page.run(`() => lab.asked.at(-1)`)).toEqual({ ask: "telemetry", what: "session" });
    expect(await page.run(text("#section-histograms .histogram"))).toContain("40 samples");
    await page.press("Space");
    await page.run(until(`document.querySelector("#parts").textContent === ""`));
    expect(await page.run(text("#section-histograms .histogram"))).toContain("12 samples");
    await page.close();
  });

  test("looks once more, and not once for each, when a lot is stored at a time", async () => {
    const page = await lab.open("full");
    const asked = `() => lab.asked.length`;
    const before = Number(await page.run(asked));
    await page.run(`() => { for (let times = 0; times < 50; times += 1) lab.tell(); }`);
    await page.run(until(`lab.asked.length > ${String(before)}`));
    await page.run(
      `() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`,
    );
    expect(Number(await page.run(asked)) - before).toBeLessThanOrEqual(2);
    await page.close();
  });

  test("gives every ping that waits or was sent, to the letter, also one of another version", async () => {
    const page = await lab.open("full");
    const groups = `() => [...document.querySelectorAll("#ping optgroup")].map(
      ({ label, children }) => [label, children.length],
    )`;
    expect(await page.run(groups)).toEqual([
      ["Being gathered", 2],
      ["Waiting to be sent", 1],
      ["Sent", 2],
    ]);
    await choose(page, "00000000-0000-4000-8000-000000000003");
    expect(await page.run(`() => document.querySelector("#whole-row").hidden`)).toBe(true);
    await page.run(openAll);
    expect(await page.run(text("#section-histograms"))).toContain("FORGOTTEN_MS");
    expect(await page.run(text("#section-log"))).toMatch(
      /TELEMETRY_SEND_FAILURE\s+7200000\s+5xx failure\s+504/u,
    );
    await choose(page, "00000000-0000-4000-8000-000000000002");
    await page.run(openAll);
    expect(await page.run(text("#section-general"))).toMatch(
      /payload\/score\s+How many stars, 1 to 5\.\s+4/u,
    );
    expect(await page.run(count("#section-histograms"))).toBe(0);
    await page.close();
  });

  test("finds by keyboard alone, opens what it found, and folds it up again afterwards", async () => {
    const page = await lab.open("full");
    await tabTo(page, /^Search$/u);
    await page.press("i", "n", "s", "t", "a", "l", "l");
    await page.run(until(`document.querySelector("#hits").textContent !== ""`));
    expect(await page.run(text("#hits"))).toBe("2 entries match.");
    expect(await page.run(text("#sections"))).toContain("refused");
    expect(await page.run(count("#sections > li"))).toBe(1);
    await page.press(...Array<string>(7).fill(backspace));
    await page.run(until(`document.querySelectorAll("#sections > li").length > 1`));
    expect(await page.run(focused)).toBe("search");
    const open = `() => [...document.querySelectorAll("details[open]")].map(({ id }) => id)`;
    expect(await page.run(open)).toEqual(["section-histograms"]);
    await page.close();
  });

  test("is turned off by keyboard: nothing is gathered, and nothing is left to be seen", async () => {
    const page = await lab.open("full");
    await tabTo(page, /^Reports$/u);
    await page.press("Space");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toBe("Reports are now off.");
    expect(await page.run(focused)).toBe("switch-telemetry_enabled");
    expect(await page.run(text("#absent"))).toBe("Reports are off: nothing is being gathered.");
    expect(await page.run(count("#sections > li"))).toBe(0);
    expect(await page.run(text("#client"))).toBe("There is none while reports are off.");
    await page.close();
  });

  test("has extended data switched on and off, and says what it is; without reports there is none", async () => {
    const page = await lab.open("full");
    const row = "#switches li:last-child";
    const checked = `() => document.querySelector("#switch-extended_telemetry_enabled").checked`;
    expect(await page.run(text(row))).toMatch(/^Extended data\s+Off\./u);
    await tabTo(page, /^Extended data$/u);
    await page.press("Space");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toBe("Extended data is now on.");
    expect(await page.run(focused)).toBe("switch-extended_telemetry_enabled");
    expect(await page.run(text(row))).toMatch(/^Extended data\s+On/u);
    expect(await page.run(checked)).toBe(true);
    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(until(`document.querySelector("#notice").textContent.includes("Reports")`));
    expect(await page.run(text(row))).toMatch(/Off while reports are off\./u);
    expect(await page.run(checked)).toBe(false);
    expect(
      await page.run(`() => document.querySelector("#switch-extended_telemetry_enabled").disabled`),
    ).toBe(true);
    await page.close();
  });

  test("shows with reports off what alone is still sent: the wish that what was sent be deleted", async () => {
    const page = await lab.open("leaving");
    expect(await page.run(text("#absent"))).toBe("Reports are off: nothing is being gathered.");
    await choose(page, "00000000-0000-4000-8000-000000000004");
    await page.run(openAll);
    expect(await page.run(text("#section-general"))).toMatch(/type\s+.*\s+deletion-request/u);
    expect(await page.run(text("#absent"))).toBe("");
    expect(await page.run(`() => document.querySelector("#whole-row").hidden`)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test("keeps what was known while nobody answers, turns a switch back, and recovers", async () => {
    const page = await lab.open("full");
    await page.run(`() => { lab.refusal = "no receiving end"; lab.tell(); }`);
    await page.run(until(`document.querySelector("#failure .card")`));
    expect(await page.run(text("#failure"))).toContain("no receiving end");
    expect(await page.run(count("#sections > li"))).toBeGreaterThan(5);
    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toContain("not certain");
    const checked = `() => document.querySelector("#switch-telemetry_enabled").checked`;
    expect(await page.run(checked)).toBe(true);
    await page.run(`() => { lab.refusal = undefined; lab.tell(); }`);
    await page.run(until(`!document.querySelector("#failure .card")`));
    await page.close();
  });
});
