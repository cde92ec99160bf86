import { afterAll, beforeAll, expect, test } from "vitest";
import { aConsoleLog } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Ping } from "#telemetry/pings.ts";

// A person switches telemetry off in a stock Firefox: what the server hears of it.

const telemetry = "extensions.mulberry.telemetry_enabled";
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
  await stage.publish([aConsoleLog({ id: 13 })]);
  await stage.run();
});
afterAll(() => stage[Symbol.asyncDispose]());

const stored = async (): Promise<readonly Ping[]> => {
  await stage.server.ingest.settled();
  return (await Array.fromAsync(stage.server.ingest.pings())).map(({ ping }) => ping);
};
const clients = async (): Promise<readonly string[]> =>
  (await stored()).map((ping) => ping.clientId);

test("a browser that wants to be forgotten says so at once, once, and is another one afterwards", async () => {
  const [first] = await stored();
  expect(first?.clientId).toMatch(/^[\da-f-]{36}$/u);
  await stage.firefox.setPref(telemetry, false);
  // The wish was heard: a server for development obeys within seconds, and it goes with the rest.
  await expect.poll(clients, { timeout: 60_000 }).toEqual([]);
  const { received } = stage.server.ingest.counts();
  // Firefox writes what is set behind its back half a second later.
  await expect
    .poll(async () => [...(await stage.firefox.savedPrefs())])
    .toContainEqual([telemetry, false]);
  await stage.run();
  const before = await stage.nextRun(undefined);
  await stage.firefox.kill();
  await stage.firefox.start();
  await stage.nextRun(before, "dev-start");
  expect(stage.server.ingest.counts().received).toBe(received);

  await stage.firefox.setPref(telemetry, true);
  await stage.run();
  const later = await clients();
  expect(later.length).toBeGreaterThan(0);
  expect(later).not.toContain(first?.clientId);
});
