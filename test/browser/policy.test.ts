import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as v from "valibot";
import { aRolloutOf, aStudy, mulberry, nothing, shared } from "#kit/lived-in.ts";
import { type Administered, openAdministered } from "#kit/policies.ts";
import { aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// A stock Firefox under enterprise policies of its own. Only on Linux is it known where a copy of it
// looks for them.

const builtIn = 50;
/** Others that every Firefox has, true by default, and that policies may lock. */
const warn = "browser.tabs.warnOnOpen";
const back = "browser.tabs.loadInBackground";
const noStudies = { DisableFirefoxStudies: true };

describe.runIf(process.platform === "linux")("enterprise policy", { timeout: 240_000 }, () => {
  let administered: Administered;
  let stage: Stage;
  beforeAll(async () => {
    administered = await openAdministered();
    stage = await openStage({}, { binary: administered.binary });
    await stage.nextRun(undefined);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await administered[Symbol.asyncDispose]();
  });

  const pref = (name: string): Promise<unknown> => stage.firefox.getPref(name);
  const records = (): Promise<unknown> =>
    stage.firefox.runPrivileged(
      `(prefix) => Services.prefs.getChildList(prefix)`,
      `${mulberry}journal.`,
    );
  const record = (name: string): Promise<unknown> => pref(`${mulberry}journal.${name}`);
  const change = v.looseObject({
    kind: v.string(),
    isLive: v.boolean(),
    endReason: v.optional(v.string()),
  });
  const view = v.looseObject({
    changes: v.array(change),
    administered: v.array(v.string()),
  });
  async function look() {
    const page = await stage.firefox.openPage("pages/studies.html");
    const seen = await page.run(
      `() => browser.runtime.sendMessage({ ask: "studies" }).then(({ value }) => value)`,
    );
    await page.close();
    return v.parse(view, seen);
  }
  /** Policies from the next start on, which begins with a run. */
  async function restartUnder(policies: Parameters<Administered["setPolicies"]>[0]) {
    const before = await stage.run();
    await administered.setPolicies(policies);
    await stage.firefox.restart();
    return stage.nextRun(before);
  }
  /** Policies at once, as Firefox's own tests make it read them again. */
  async function applyNow(policies: Parameters<Administered["setPolicies"]>[0]) {
    await administered.setPolicies(policies);
    await stage.firefox.runPrivileged(`() => new Promise((resolve) => {
      const topic = "EnterprisePolicies:AllPoliciesApplied";
      const listener = () => { Services.obs.removeObserver(listener, topic); resolve(true); };
      Services.obs.addObserver(listener, topic);
      Services.obs.notifyObservers(null, "EnterprisePolicies:Restart");
    })`);
  }
  async function endings(): Promise<readonly string[]> {
    const { changes } = await look();
    return changes
      .filter(({ isLive }) => !isLive)
      .map(({ kind, endReason }) => `${kind} ${String(endReason)}`);
  }

  test("without studies ends them at the next start, lets rollouts be, and the page says who did it", async () => {
    const recipes = [
      aStudy({ [shared]: aStudyPreference(30) }, 1),
      aStudy({ "test.policy.mine": aStudyPreference("ours", "user") }, 2),
      aRolloutOf(warn, false, 3),
    ];
    await stage.publish(recipes);
    expect((await stage.run()).recipes).toEqual({ 1: "success", 2: "success", 3: "success" });
    expect([await pref(shared), await pref("test.policy.mine")]).toEqual([30, "ours"]);

    const run = await restartUnder(noStudies);
    expect(run.recipes).toEqual({ 1: "custom_1_error", 2: "custom_1_error", 3: "success" });
    expect([await pref(shared), await pref("test.policy.mine")]).toEqual([builtIn, null]);
    expect(await pref(warn)).toBe(false);
    expect(await records()).toEqual([`${mulberry}journal.${warn}`]);
    expect(await endings()).toEqual([
      "preference-study general-opt-out",
      "preference-study general-opt-out",
    ]);
    expect((await look()).administered).toEqual(["studies_enabled"]);

    const page = await stage.firefox.openPage("pages/studies.html");
    const row = await page.run(`async () => {
      const find = (id) => document.getElementById(id);
      while (!find("switch-studies_enabled")) await new Promise((done) => setTimeout(done, 50));
      const input = find("switch-studies_enabled");
      return [input.disabled, input.checked, find("switch-studies_enabled-text").textContent];
    }`);
    expect(row).toEqual([
      true,
      false,
      "Off: an administrator of this browser has switched studies off.",
    ]);
    await page.close();
  });

  test("that changes while the browser runs holds at once, and no switch of the person goes round it", async () => {
    await applyNow(null);
    await stage.publish([aStudy({ [shared]: aStudyPreference(30) }, 11)]);
    expect((await stage.run()).recipes).toEqual({ 11: "success" });
    expect(await pref(shared)).toBe(30);
    await applyNow(noStudies);
    await expect.poll(() => pref(shared), { timeout: 5_000 }).toBe(builtIn);
    await stage.firefox.setPref(`${mulberry}studies_enabled`, true);
    await stage.publish([aStudy({ [shared]: aStudyPreference(31) }, 12)]);
    expect((await stage.run()).recipes).toEqual({ 12: "custom_1_error" });
    expect(await pref(shared)).toBe(builtIn);
    await applyNow(null);
  });

  test("that locks a preference keeps studies and rollouts off it, on either branch", async () => {
    const locked = { Value: 7, Status: "locked" };
    await stage.publish([nothing()]);
    await restartUnder({ Preferences: { [shared]: locked } });
    await stage.publish([
      aStudy({ [shared]: aStudyPreference(30) }, 21),
      aStudy({ [shared]: aStudyPreference(30, "user") }, 22),
      aRolloutOf(shared, 30, 23),
    ]);
    expect((await stage.run()).recipes).toEqual({
      21: "apply_error",
      22: "apply_error",
      23: "apply_error",
    });
    expect(await pref(shared)).toBe(7);
    expect(await record(shared)).toBeNull();
    const told = (await stage.events("normandy")).filter(({ extra }) =>
      Object.values(extra ?? {}).includes("pref-locked"),
    );
    expect(told.map(({ method, object, extra }) => [method, object, extra])).toEqual([
      ["enrollFailed", "preference_study", { reason: "pref-locked", preferenceName: shared }],
      ["enrollFailed", "preference_study", { reason: "pref-locked", preferenceName: shared }],
      ["enrollFailed", "preference_rollout", { reason: "pref-locked", preference: shared }],
    ]);
  });

  test("that locks it while a study and a rollout hold it leaves nothing behind when all of them are gone", async () => {
    await stage.publish([nothing()]);
    await restartUnder(null);
    await stage.publish([
      aStudy({ [back]: aStudyPreference(false, "user") }, 31),
      aStudy({ [shared]: aStudyPreference(30) }, 32),
      aRolloutOf(shared, 20, 33),
    ]);
    expect((await stage.run()).recipes).toEqual({ 31: "success", 32: "success", 33: "success" });
    expect([await pref(back), await pref(shared)]).toEqual([false, 30]);

    const locks = {
      [back]: { Value: true, Status: "locked" },
      [shared]: { Value: 7, Status: "locked" },
    };
    const run = await restartUnder({ Preferences: locks });
    expect(run.recipes).toMatchObject({ 31: "success", 32: "success" });
    expect([await pref(back), await pref(shared)]).toEqual([true, 7]);
    // The studies go, the rollout stays.
    await stage.publish([aRolloutOf(shared, 20, 33), nothing()]);
    await stage.run();
    expect([await pref(back), await pref(shared)]).toEqual([true, 7]);
    const live = (await look()).changes.filter(({ isLive }) => isLive);
    expect(live.map(({ kind }) => kind)).toEqual(["preference-rollout", "preference-rollout"]);
    expect([await record(back), await record(shared)]).toEqual([null, expect.any(String)]);
    await stage.firefox.setPref(`${mulberry}rollouts_enabled`, false);
    await expect.poll(records).toEqual([]);

    await restartUnder(null);
    expect([await pref(back), await pref(shared)]).toEqual([true, builtIn]);
    const isUsers = `(name) => Services.prefs.prefHasUserValue(name)`;
    expect(await stage.firefox.runPrivileged(isUsers, back)).toBe(false);
    expect(await stage.firefox.runPrivileged(isUsers, shared)).toBe(false);
  });

  test("that sets what a rollout sets makes it no longer needed", async () => {
    await stage.firefox.setPref(`${mulberry}rollouts_enabled`, true);
    await stage.publish([aRolloutOf(warn, false, 41), nothing()]);
    expect((await stage.run()).recipes).toMatchObject({ 41: "success" });
    await restartUnder({ Preferences: { [warn]: { Value: false, Status: "default" } } });
    const told = (await stage.events("normandy")).filter(({ method }) => method === "graduate");
    expect(told.map(({ extra }) => extra?.["reason"])).toEqual(["all-prefs-match"]);
    expect(await record(warn)).toBeNull();
  });
});
