import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStage, type Stage } from "#kit/stage.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import type { PingOf } from "#telemetry/pings.ts";

// What a stock Firefox measures, until it lies in the server's store.

describe("a session of a stock Firefox", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.nextRun(undefined);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const mainPings = async (): Promise<readonly PingOf<"main">[]> => {
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    return pings.map(({ ping }) => ping).filter((ping) => ping.type === "main");
  };

  /** What is stored in the browser. */
  const measured = async (): Promise<string> => {
    const page = await stage.firefox.openPage("pages/studies.html");
    const json = await page.run(
      `async () => JSON.stringify(await browser.storage.local.get(null))`,
    );
    await page.close();
    return String(json);
  };

  /** Has the five minutes over at once, and waits until what was seen then is stored. */
  const look = async (): Promise<void> => {
    const page = await stage.firefox.openPage("pages/studies.html");
    await page.run(`() => browser.alarms.create("mulberry-measure", { when: Date.now() })`);
    await expect
      .poll(() => page.run(`async () => JSON.stringify(await browser.storage.local.get(null))`))
      .toContain("MULBERRY_TAB_COUNT");
    await page.close();
  };

  test("is told of as one main ping once it has ended as it should", async () => {
    await stage.publish([aConsoleLog({ id: 13 })]);
    await stage.run();
    await look();
    expect(await measured()).not.toContain("MULBERRY_EXTENSION_MEMORY_MB");
    await stage.firefox.setPref("extensions.mulberry.extended_telemetry_enabled", true);
    await stage.run();
    // From the first look on pages are timed.
    const page = await stage.firefox.openTab(`${stage.server.url}/__version__`);
    await page.close();
    await look();
    await expect.poll(measured).toContain("MULBERRY_EXTENSION_MEMORY_MB");
    expect(await mainPings()).toEqual([]);

    const before = await stage.nextRun(undefined);
    await stage.firefox.restart();
    await stage.nextRun(before, "dev-start");
    const [ping, ...others] = await mainPings();
    expect(others).toEqual([]);
    expect(ping?.payload).toMatchObject({
      info: { reason: "shutdown", subsessionCounter: 1, profileSubsessionCounter: 1 },
      histograms: {
        MULBERRY_RUN_MS: { bucket_count: 50, range: [1, 60_000] },
        MULBERRY_VERIFY_MS: {},
        MULBERRY_TAB_COUNT: {},
        MULBERRY_WINDOW_COUNT: { sum: 2 },
      },
    });
    const memory = ping?.payload.histograms["MULBERRY_EXTENSION_MEMORY_MB"];
    // One look at a process that takes tens of MiB at least.
    expect(memory?.sum).toBeGreaterThan(10);
    const { values = {} } = ping?.payload.histograms["MULBERRY_PAGE_LOAD_MS"] ?? {};
    expect(Object.values(values).reduce((all, count) => all + count, 0)).toBe(1);
    expect(ping?.payload.histograms["MULBERRY_TAB_COUNT"]?.sum).toBeGreaterThan(0);
  });

  test("is told of as aborted once it was killed, and names the one before", async () => {
    const [first] = await mainPings();
    const before = await stage.nextRun(undefined);
    await stage.firefox.kill();
    await stage.firefox.start();
    await stage.nextRun(before, "dev-start");
    const [, second] = await mainPings();
    expect(second?.payload.info).toMatchObject({
      reason: "aborted-session",
      previousSessionId: first?.payload.info.sessionId,
      previousSubsessionId: first?.payload.info.subsessionId,
      profileSubsessionCounter: 2,
    });
    expect(second?.clientId).toBe(first?.clientId);
    expect(second?.payload.histograms).toHaveProperty("MULBERRY_RUN_MS");
  });
});
