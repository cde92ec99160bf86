import { beforeEach, describe, expect, test } from "vitest";
import { Haste, isSwitch } from "#core/haste.ts";
import { MemorySettings } from "#core/memory.ts";
import { TestClock } from "#kit/client.ts";

let clock: TestClock;
let settings: MemorySettings;
let held: boolean[];
let haste: Haste;
beforeEach(() => {
  clock = new TestClock(0);
  settings = new MemorySettings();
  held = [];
  haste = new Haste({
    clock,
    settings,
    network: {
      get: () => Promise.resolve({ kind: "offline" }),
      post: () => Promise.resolve({ kind: "offline" }),
      hold: (isHeld) => void held.push(isHeld),
    },
  });
});

/** Work that ends when the test says so. */
function aJob(): { readonly promise: Promise<unknown>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    promise,
    resolve: () => {
      resolve();
    },
  };
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe("work under way when a person switches something off", () => {
  test("is let be when it ends within half a second", async () => {
    const work = aJob();
    const hurry = haste.hurry(work.promise);
    clock.advance(499);
    await turns();
    work.resolve();
    await hurry;
    clock.advance(10_000);
    await turns();
    expect(held).toEqual([false]);
    expect(haste.takeGivenUp()).toBe(false);
  });

  test("waits no longer for the network then, is marked once, and the network is back after it", async () => {
    const work = aJob();
    const hurry = haste.hurry(work.promise);
    await turns();
    clock.advance(500);
    await turns();
    expect(held).toEqual([true]);
    work.resolve();
    await hurry;
    expect(held).toEqual([true, false]);
    expect([haste.takeGivenUp(), haste.takeGivenUp()]).toEqual([true, false]);
  });

  test("has the network back before the work that comes after it", async () => {
    const work = aJob();
    void haste.heed(work.promise);
    const after = work.promise.then(() => held.at(-1));
    clock.advance(500);
    await turns();
    work.resolve();
    expect(await after).toBe(false);
  });

  test("heeds the settings as they are by now", async () => {
    const before = await settings.read();
    expect(haste.by(before)).toBe(before);
    settings.current = { ...before, studiesEnabled: false };
    await haste.heed(Promise.resolve());
    expect(haste.by(before).studiesEnabled).toBe(false);
  });
});

test("telemetry that was off for a moment is remembered, once", async () => {
  await haste.heed(Promise.resolve());
  expect(haste.takeSilence()).toBe(false);
  settings.current = { ...settings.current, telemetryEnabled: false };
  await haste.heed(Promise.resolve());
  settings.current = { ...settings.current, telemetryEnabled: true };
  await haste.heed(Promise.resolve());
  expect([haste.takeSilence(), haste.takeSilence()]).toEqual([true, false]);
});

test("only what forbids something is a switch", () => {
  expect(
    ["enabled", "studies_enabled", "rollouts_enabled", "telemetry_enabled"].every(isSwitch),
  ).toBe(true);
  expect(["run_now", "run_interval_seconds", "server_url"].some(isSwitch)).toBe(false);
});
