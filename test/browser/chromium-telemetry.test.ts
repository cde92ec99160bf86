import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chromium, type ChromiumPage, launchChromium } from "#kit/chromium.ts";
import { text, until, violations } from "#kit/page-checks.ts";
import { openPageLab, type PageLab } from "#kit/page-lab.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { openChromiumStage, type SettingsStage } from "#kit/settings-stage.ts";

// The Telemetry page in a stock Chromium: what telemetry-page.test.ts asks of Firefox, where it may differ.

const openAll = `() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
}`;

describe("the Telemetry page in Chromium, over a background that says anything", () => {
  let lab: PageLab;
  let chromium: Chromium;

  beforeAll(async () => {
    lab = await openPageLab("telemetry");
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium.close();
    await lab[Symbol.asyncDispose]();
  });

  test.each([
    { scheme: "light", scene: "full" },
    { scheme: "dark", scene: "full" },
    { scheme: "light", scene: "off" },
    { scheme: "dark", scene: "administered" },
  ] as const)("has nothing that axe objects to: $scene, $scheme", async ({ scheme, scene }) => {
    const page = await chromium.openPage(lab.url(scene));
    await page.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.run(until(`document.querySelector("#status p")`));
    expect(await violations(page)).toEqual([]);
    await page.run(openAll);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe("the Telemetry page of the extension in Chromium", () => {
  let stage: SettingsStage & { readonly chromium: Chromium };
  let page: ChromiumPage;

  beforeAll(async () => {
    stage = await openChromiumStage();
    await stage.publish([aConsoleLog({ id: 4 })]);
    await stage.run();
    page = await stage.chromium.openPage("pages/telemetry.html");
    await page.run(until(`document.querySelector("#ping optgroup[label=Sent]")`));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("shows what is being measured, and gives a ping that was sent just as the server has it", async () => {
    await page.run(openAll);
    expect(await page.run(text("#section-histograms"))).toContain("MULBERRY_RUN_MS");
    expect(await violations(page)).toEqual([]);
    const id = String(
      await page.run(`() => {
        const select = document.querySelector("#ping");
        select.value = select.querySelector("optgroup[label=Sent] option").value;
        select.dispatchEvent(new Event("change"));
        return select.value;
      }`),
    );
    await page.run(
      until(`document.querySelector("#section-raw pre").textContent.includes("${id}")`),
    );
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const shown = await page.run(`() => document.querySelector("#section-raw pre").textContent`);
    expect(JSON.parse(String(shown))).toEqual(pings.find(({ ping }) => ping.id === id)?.ping);
  });

  test("has the client id copied, at the press of a button", async () => {
    await page.page.focus("#copy-client");
    await page.page.keyboard.press("Enter");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toBe("Copied.");
    await page.page.focus("#search");
    await page.page.keyboard.press("V", { commands: ["Paste"] });
    expect(await page.run(`() => document.querySelector("#search").value`)).toBe(
      await page.run(text("#client-id")),
    );
  });

  test("is emptied with reports off, in the extension's storage too", async () => {
    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(until(`document.querySelector("#picker").hidden`));
    const stored = (await page.run(
      `async () => Object.keys(await chrome.storage.local.get(null))`,
    )) as readonly string[];
    expect(stored.filter((key) => /^(?:archive|outbox)\//u.test(key))).toEqual([]);
    expect(await violations(page)).toEqual([]);
  });
});
