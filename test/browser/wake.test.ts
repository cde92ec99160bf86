import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// Firefox stops an idle background page, and may stop one at any await. What matters wakes it.

const stopBackground = `async (id) => {
  await WebExtensionPolicy.getByID(id).extension.terminateBackground({ disableResetIdleForTest: true });
  return true;
}`;

describe("a background page that Firefox has stopped", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.nextRun(undefined);
    await stage.publish([aConsoleLog({ id: 1 })]);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("is woken by run_now", async () => {
    await stage.firefox.runPrivileged(stopBackground, extensionId);
    expect(await stage.run()).toMatchObject({ trigger: "run-now", recipes: { 1: "success" } });
  });

  test("goes on with a run that was stopped in the middle", async () => {
    const before = await stage.run();
    await stage.firefox.setPref("extensions.mulberry.run_now", 1_000);
    await stage.firefox.runPrivileged(stopBackground, extensionId);
    // Whether the run was stopped before, amid or after its end: one that was begun comes to its end.
    await stage.firefox.setPref("extensions.mulberry.logging.level", 51);
    const next = await stage.nextRun(before);
    expect(["run-now", "retry"]).toContain(next.trigger);
    expect(next).toMatchObject({ runner: "success", recipes: { 1: "success" } });
  });

  test("is woken by its timer", async () => {
    const before = await stage.run();
    await stage.firefox.setPref("extensions.mulberry.run_interval_seconds", 1);
    const awake = await stage.nextRun(before, "timer");
    await stage.firefox.runPrivileged(stopBackground, extensionId);
    expect(await stage.nextRun(awake, "timer")).toMatchObject({ runner: "success" });
  });
});
