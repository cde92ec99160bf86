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
const wishes = async (): Promise<readonly string[]> =>
  (await stored())
    .filter(({ type }) => type === "deletion-request")
    .map(({ clientId }) => clientId);

test("a browser that wants to be forgotten says so at once, once, and is another one afterwards", async () => {
  const [first] = await stored();
  await stage.firefox.setPref(telemetry, false);
  await expect.poll(wishes, { timeout: 30_000 }).toEqual([first?.clientId]);
  const told = (await stored()).length;
  // Firefox writes what is set behind its back half a second later.
  await expect
    .poll(async () => [...(await stage.firefox.savedPrefs())])
    .toContainEqual([telemetry, false]);
  await stage.run();
  const before = await stage.nextRun(undefined);
  await stage.firefox.kill();
  await stage.firefox.start();
  await stage.nextRun(before, "dev-start");
  expect(await stored()).toHaveLength(told);

  await stage.firefox.setPref(telemetry, true);
  await stage.run();
  const later = (await stored()).slice(told);
  expect(later.length).toBeGreaterThan(0);
  expect(later.map(({ clientId }) => clientId)).not.toContain(first?.clientId);
  expect(await wishes()).toEqual([first?.clientId]);
});
