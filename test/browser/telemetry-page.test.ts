import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { text, until, violations } from "#kit/page-checks.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// The Telemetry page in the extension, in a real Firefox. What it shows of any state at all is in telemetry-lab.test.ts.

const openAll = `() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
}`;
/** What the person can paste now. */
const clipboard = `() => {
  const transferable = Cc["@mozilla.org/widget/transferable;1"].createInstance(Ci.nsITransferable);
  transferable.init(null);
  transferable.addDataFlavor("text/plain");
  Services.clipboard.getData(transferable, Services.clipboard.kGlobalClipboard);
  const data = {};
  transferable.getTransferData("text/plain", data);
  return data.value.QueryInterface(Ci.nsISupportsString).data;
}`;

describe("the Telemetry page of the extension", () => {
  let stage: Stage;
  let page: Tab;

  /** The client id of what the server has, one for each ping. */
  const clients = async (): Promise<readonly string[]> => {
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    return pings.map(({ ping }) => ping.clientId);
  };
  const raw = (): Promise<unknown> =>
    page.run(`() => document.querySelector("#section-raw pre").textContent`);

  beforeAll(async () => {
    stage = await openStage();
    await stage.publish([aConsoleLog({ id: 4 })]);
    await stage.run();
    page = await stage.firefox.openPage("pages/telemetry.html");
    await page.run(until(`document.querySelector("#ping optgroup[label=Sent]")`));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("shows what is being measured, and where it will go", async () => {
    await page.run(openAll);
    expect(await page.run(text("#status"))).toContain(new URL(stage.server.url).host);
    expect(await page.run(text("#where"))).toContain(`${stage.server.url}/submit/telemetry/`);
    expect(await page.run(text("#section-histograms"))).toMatch(/MULBERRY_RUN_MS[^]*samples?, /u);
    expect(await page.run(text("#section-environment"))).toMatch(/locale\s+.*\s+en-US/u);
    expect(await violations(page)).toEqual([]);
  });

  test("gives a ping that was sent just as the server has it", async () => {
    const { id } = (await page.run(`async () => {
      const select = document.querySelector("#ping");
      select.value = select.querySelector("optgroup[label=Sent] option").value;
      select.dispatchEvent(new Event("change"));
      return { id: select.value };
    }`)) as { readonly id: string };
    await page.run(
      until(`document.querySelector("#section-raw pre").textContent.includes("${id}")`),
    );
    await page.run(openAll);
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const stored = pings.find(({ ping }) => ping.id === id)?.ping;
    expect(stored).toBeDefined();
    expect(JSON.parse(String(await raw()))).toEqual(stored);
    expect(await page.run(text("#section-events"))).toMatch(/uptake\s+normandy\s+success/u);
    expect(await violations(page)).toEqual([]);
  });

  test("has the client id copied to where the person pastes from", async () => {
    await page.run(`() => { document.querySelector("#copy-client").focus(); }`);
    await page.press("Enter");
    await page.run(until(`document.querySelector("#notice").textContent !== ""`));
    expect(await page.run(text("#notice"))).toBe("Copied.");
    const [client] = await clients();
    expect(await stage.firefox.runPrivileged(clipboard)).toBe(client);
    expect(await page.run(text("#client-id"))).toBe(client);
  });

  test("changes nothing by being looked at: what is stored and sent is the same after it", async () => {
    const stored = `async () => JSON.stringify(await browser.storage.local.get(null))`;
    const before = [await page.run(stored), await clients()];
    const other = await stage.firefox.openPage("pages/telemetry.html");
    await other.run(until(`document.querySelector("#section-raw")`));
    await other.run(`() => { document.querySelector("#whole").click(); }`);
    await other.run(until(`document.querySelector("#parts").textContent !== ""`));
    expect(await other.run(text("#parts"))).toBe("Parts at hand: 1 of 1");
    await other.close();
    expect([await page.run(stored), await clients()]).toEqual(before);
  });

  test("has what was sent after a crash of the browser as well", async () => {
    const sent = `() => [...document.querySelectorAll("#ping optgroup[label=Sent] option")].map(({ value }) => value)`;
    const before = (await page.run(sent)) as readonly string[];
    expect(before.length).toBeGreaterThan(0);
    await stage.firefox.kill();
    await stage.firefox.start();
    page = await stage.firefox.openPage("pages/telemetry.html");
    await page.run(until(`document.querySelector("#ping optgroup[label=Sent]")`));
    expect(await page.run(sent)).toEqual(expect.arrayContaining([...before]));
  });

  test("has extended data on and off where the setting is", async () => {
    const name = "extensions.mulberry.extended_telemetry_enabled";
    const turn = async (said: string): Promise<void> => {
      await page.run(
        `() => { document.querySelector("#switch-extended_telemetry_enabled").click(); }`,
      );
      await page.run(until(`document.querySelector("#notice").textContent.startsWith("${said}")`));
    };
    await turn("Extended data is now on.");
    expect(await stage.firefox.getPref(name)).toBe(true);
    await turn("Extended data is now off.");
    expect(await stage.firefox.getPref(name)).toBe(false);
  });

  test("is emptied with reports off, in the profile too, and knows this client no more", async () => {
    const ids = new Set(await clients());
    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(
      until(`document.querySelector("#notice").textContent === "Reports are now off."`),
    );
    await page.run(until(`document.querySelector("#picker").hidden`));
    expect(await stage.firefox.getPref("extensions.mulberry.telemetry_enabled")).toBe(false);
    expect(await page.run(text("#client"))).toBe("There is none while reports are off.");
    const stored = `async () => Object.keys(await browser.storage.local.get(null))`;
    expect(await page.run(stored)).not.toContainEqual(
      expect.stringMatching(/^(?:archive|outbox)\//u),
    );
    expect(await violations(page)).toEqual([]);
    // What is sent goes its way beside the page.
    const wishes = async (): Promise<ReadonlySet<string>> => {
      const pings = await Array.fromAsync(stage.server.ingest.pings());
      const ofWishes = pings.filter(({ ping }) => ping.type === "deletion-request");
      return new Set(ofWishes.map(({ ping }) => ping.clientId));
    };
    await expect.poll(wishes).toEqual(ids);

    await page.run(`() => { document.querySelector("#switch-telemetry_enabled").click(); }`);
    await page.run(
      until(`document.querySelector("#notice").textContent === "Reports are now on."`),
    );
    await stage.run();
    await page.run(until(`document.querySelector("#client-id")`));
    expect(ids).not.toContain(await page.run(text("#client-id")));
  });

  test("is where the Studies page leads", async () => {
    const studies = await stage.firefox.openPage("pages/studies.html");
    await studies.run(until(`document.querySelector("#status p")`));
    expect(
      await studies.run(`() => document.querySelector("a[href='./telemetry.html']").innerText`),
    ).toContain("Telemetry");
    await studies.close();
  });
});
