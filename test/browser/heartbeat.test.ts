import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import { until } from "#kit/page-checks.ts";
import { aHeartbeat } from "#kit/recipes.ts";
import { mulberry } from "#kit/server.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { HeartbeatPayload } from "#telemetry/pings.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// Surveys in a stock Firefox ESR, all the way from a published recipe to the ping on the server.

const address = "pages/heartbeat.html";

describe("a survey that a server publishes", () => {
  let stage: Stage;
  let id = 0;

  beforeAll(async () => {
    stage = await openStage();
    await stage.nextRun(undefined);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const pages = (): Promise<readonly Tab[]> => stage.firefox.pagesAt(address);
  const payloads = async (): Promise<readonly HeartbeatPayload[]> => {
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings({ type: "heartbeat" }));
    return pings.flatMap(({ ping }) => (ping.type === "heartbeat" ? [ping.payload] : []));
  };
  const payloadOf = async (surveyId: string): Promise<HeartbeatPayload> => {
    await expect
      .poll(async () => (await payloads()).map((one) => one.surveyId))
      .toContain(surveyId);
    const found = (await payloads()).find((one) => one.surveyId === surveyId);
    if (found === undefined) throw new Error("no ping");
    return found;
  };
  const stopBackground = (): Promise<unknown> =>
    stage.firefox.runPrivileged(
      `async (id) => {
        await WebExtensionPolicy.getByID(id).extension.terminateBackground({ disableResetIdleForTest: true });
        return true;
      }`,
      extensionId,
    );
  /** The tabs of the window, the one in use marked. */
  const tabs = async (): Promise<readonly string[]> =>
    (await stage.firefox.runPrivileged(
      `() => [...gBrowser.tabs].map((tab) => (tab.selected ? "> " : "") + tab.linkedBrowser.currentURI.spec)`,
    )) as readonly string[];

  /** A day goes by: what was shown may be shown again. */
  async function nextDay(): Promise<void> {
    const page = await stage.firefox.openPage("pages/studies.html");
    await stopBackground();
    await page.run(`() => browser.storage.local.remove("heartbeat")`);
    await page.close();
  }

  /** Publishes a new survey and waits for its page. */
  async function shown(
    said: Parameters<typeof aHeartbeat>[0] = {},
  ): Promise<{ readonly surveyId: string; readonly page: Tab }> {
    await nextDay();
    id += 1;
    const surveyId = `survey-${String(id)}`;
    await stage.publish([aHeartbeat({ id, ...said, arguments: { surveyId, ...said.arguments } })]);
    expect((await stage.run()).recipes).toEqual({ [id]: "success" });
    await expect.poll(async () => (await pages()).length).toBe(1);
    const [page] = await pages();
    if (page === undefined) throw new Error("no page");
    await page.run(until(`document.querySelector("#question h1")`));
    return { surveyId, page };
  }
  const gone = (): Promise<void> => expect.poll(async () => (await pages()).length).toBe(0);

  test("waits in a tab of its own, is answered by keyboard, and is a ping on the server", async () => {
    const { surveyId, page } = await shown({
      arguments: { postAnswerUrl: "https://127.0.0.1:9/after" },
    });
    // It asks for nobody's attention: the tab in use is the one that was.
    expect((await tabs()).at(0)).toBe("> about:blank");
    expect(await page.run(`() => document.title`)).toBe("How do you like the new tabs?");
    await page.press("Tab", "Space", "ArrowRight", "ArrowRight", "ArrowRight", "Enter");
    await page.run(until(`document.querySelector(".thanks")`));
    await expect.poll(async () => (await tabs()).at(-1)).toMatch(/^> https:/u);
    const url = new URL((await tabs()).at(-1)?.slice(2) ?? "");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      source: "heartbeat",
      fxVersion: expect.stringMatching(/^\d+\./u) as unknown,
      updateChannel: "esr",
      isDefaultBrowser: expect.stringMatching(/^[01]$/u) as unknown,
      syncSetup: "0",
      type: "stars",
      score: "4",
    });
    expect(url.searchParams.has("userId")).toBe(false);
    await gone();

    const payload = await payloadOf(surveyId);
    const { offeredTS = 0, votedTS = 0, closedTS = 0, ...rest } = payload;
    expect(rest).toEqual({
      version: 1,
      surveyId,
      surveyVersion: "1",
      flowId: url.searchParams.get("flowId"),
      score: 4,
      testing: true,
    });
    expect(offeredTS).toBeGreaterThan(0);
    expect(votedTS).toBeGreaterThan(offeredTS);
    expect(closedTS).toBeGreaterThan(votedTS);

    const { stdout } = await mulberry(["pings", "--type", "heartbeat", "--data", stage.dataDir]);
    expect(JSON.parse(stdout)).toMatchObject({ type: "heartbeat", payload: { surveyId } });

    // The next run is the same day: whichever recipe asks, nobody is asked again.
    await stage.publish([aHeartbeat({ id: 900 }), aHeartbeat({ id: 901 })]);
    expect((await stage.run()).recipes).toEqual({ 900: "success", 901: "success" });
    const reasons = (await stage.events("uptake.remotecontent.result"))
      .filter(({ extra }) => /recipe\/90[01]$/u.test(extra?.["source"] ?? ""))
      .map(({ extra }) => extra?.["reason"]);
    expect(reasons).toEqual(["throttled", "throttled"]);
    expect(await pages()).toEqual([]);
    expect(await payloads()).toHaveLength(1);
  });

  test("has the randomisation id in ping and address where its recipe asks for it", async () => {
    const { surveyId, page } = await shown({
      arguments: {
        includeTelemetryUUID: true,
        engagementButtonLabel: "Yes",
        postAnswerUrl: "https://127.0.0.1:9/after",
      },
    });
    const userId = String(await stage.firefox.getPref("extensions.mulberry.user_id"));
    await page.run(`() => document.querySelector("form").requestSubmit()`);
    const payload = await payloadOf(`${surveyId}::${userId}`);
    expect(payload).toHaveProperty("engagedTS");
    expect(payload).not.toHaveProperty("score");
    const url = new URL((await tabs()).at(-1)?.slice(2) ?? "");
    expect(url.searchParams.get("userId")).toBe(userId);
    await gone();
  });

  test("goes on while Firefox stops the background page between two words", async () => {
    const { surveyId, page } = await shown();
    await stopBackground();
    await page.run(`() => { document.querySelector("[value='2']").click(); }`);
    await page.run(`() => { document.querySelector("form").requestSubmit(); }`);
    await page.run(until(`document.querySelector(".thanks")`));
    await stopBackground();
    await gone();
    const payload = await payloadOf(surveyId);
    expect(payload.score).toBe(2);
    expect(payload).toHaveProperty("closedTS");
  });

  test("whose tab the person closes ends there and then", async () => {
    const { surveyId } = await shown();
    await stage.firefox.runPrivileged(
      `(page) => {
      const tab = [...gBrowser.tabs].find(({ linkedBrowser }) => linkedBrowser.currentURI.spec.endsWith(page));
      gBrowser.removeTab(tab);
    }`,
      address,
    );
    const payload = await payloadOf(surveyId);
    expect(payload).toHaveProperty("windowClosedTS");
    expect(payload).not.toHaveProperty("closedTS");
  });

  test("closes by itself when the person switches studies off", async () => {
    const { surveyId } = await shown();
    await stage.firefox.setPref("extensions.mulberry.studies_enabled", false);
    await gone();
    await stage.run();
    expect(await payloadOf(surveyId)).toHaveProperty("windowClosedTS");
    await stage.firefox.setPref("extensions.mulberry.studies_enabled", true);
  });

  test("is never told when the person switches reports off", async () => {
    const before = await payloads();
    const { page } = await shown();
    await page.run(`() => { document.querySelector("[value='1']").click(); }`);
    await stage.firefox.setPref("extensions.mulberry.telemetry_enabled", false);
    await gone();
    await stage.firefox.setPref("extensions.mulberry.telemetry_enabled", true);
    await stage.run();
    expect(await payloads()).toEqual(before);
    // Firefox writes what is set behind our back half a second later: the next test kills it.
    await expect
      .poll(async () => [...(await stage.firefox.savedPrefs())])
      .not.toContainEqual(["extensions.mulberry.telemetry_enabled", false]);
  });

  test.each(["kill", "restart"] as const)("ends with its browser: %s", async (how) => {
    const { surveyId } = await shown();
    if (how === "restart") await stage.firefox.restart();
    else {
      await stage.firefox.kill();
      await stage.firefox.start();
    }
    await stage.run();
    expect(await payloadOf(surveyId)).toHaveProperty("windowClosedTS");
    expect(await pages()).toEqual([]);
  });
});
