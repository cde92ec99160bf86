import * as v from "valibot";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import {
  addonId,
  aRolloutOf,
  aStudy,
  builtIn,
  type LivedIn,
  mulberry,
  next,
  nothing,
  openLivedIn,
  shared,
} from "#kit/lived-in.ts";
import { anAddonStudy, aStudyPreference } from "#kit/recipes.ts";

// What a person and an administrator do to a browser in which studies run.

let here: LivedIn;
let stage: LivedIn["stage"];
let impostor: LivedIn["impostor"];

beforeAll(async () => {
  here = await openLivedIn();
  ({ stage, impostor } = here);
});
afterEach(() => here.tidy());
afterAll(() => here[Symbol.asyncDispose]());

describe("an administrator", () => {
  test("who has locked a preference keeps it", async () => {
    await stage.firefox.runPrivileged(`() => Services.prefs.lockPref("findbar.highlightAll")`);
    await stage.publish([
      aStudy({ "findbar.highlightAll": aStudyPreference(true) }, 90),
      nothing(),
    ]);
    expect((await stage.run()).recipes["90"]).toBe("apply_error");
    expect(await here.pref("findbar.highlightAll")).toBe(false);
    await stage.firefox.runPrivileged(`() => Services.prefs.unlockPref("findbar.highlightAll")`);
  });

  test("who locks a preference under a study keeps what they set when the study goes on and ends", async () => {
    await stage.publish([aStudy({ [shared]: aStudyPreference(30) }), nothing()]);
    await stage.run();
    await stage.firefox.runPrivileged(
      `(name) => {
        Services.prefs.getDefaultBranch("").setIntPref(name, 7);
        Services.prefs.lockPref(name);
      }`,
      shared,
    );
    await stage.firefox.runPrivileged(
      `async (id) => {
        const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
        await (await AddonManager.getAddonByID(id)).reload();
      }`,
      extensionId,
    );
    expect(await here.pref(shared)).toBe(7);
    await stage.run();
    expect(await here.pref(shared)).toBe(7);
    await stage.publish([nothing()]);
    await stage.run();
    expect(await here.pref(shared)).toBe(7);
    expect(await here.record(shared)).toBeNull();
    await stage.firefox.runPrivileged(
      `(name) => {
        Services.prefs.unlockPref(name);
        Services.prefs.getDefaultBranch("").setIntPref(name, 50);
      }`,
      shared,
    );
  });
});

test("a study's value that a lock hides goes with the extension", async () => {
  await stage.publish([aStudy({ [shared]: aStudyPreference(30, "user") }), nothing()]);
  await stage.run();
  expect(await here.pref(shared)).toBe(30);
  await stage.firefox.runPrivileged(`(name) => Services.prefs.lockPref(name)`, shared);
  expect(await here.pref(shared)).toBe(builtIn);
  await stage.firefox.manageAddon(extensionId, "disable");
  await stage.firefox.runPrivileged(`(name) => Services.prefs.unlockPref(name)`, shared);
  expect(await here.pref(shared)).toBe(builtIn);
  await stage.firefox.manageAddon(extensionId, "enable");
});

describe("a person", () => {
  test("who turns switches while the extension is off is obeyed when it is on again", async () => {
    const recipes = [
      aStudy({ [shared]: aStudyPreference(30) }, 81),
      aRolloutOf("findbar.highlightAll", true, 82),
    ];
    await stage.publish(recipes);
    await stage.run();
    await stage.firefox.manageAddon(extensionId, "disable");
    await here.set(`${mulberry}rollouts_enabled`, false);
    await here.set(`${mulberry}telemetry_enabled`, false);
    await stage.firefox.manageAddon(extensionId, "enable");
    expect((await stage.run()).recipes).toEqual({ 81: "success", 82: "custom_1_error" });
    expect(await here.live()).toEqual([]);
    expect([await here.pref(shared), await here.pref("findbar.highlightAll")]).toEqual([
      builtIn,
      false,
    ]);
    expect(await here.stored("outbox")).toEqual([]);
    expect(await here.stored("client_id")).toBeNull();
  });

  test("whose preference is of another type than a study's is not in it", async () => {
    await here.set("test.states.typed", "text");
    await stage.publish([aStudy({ "test.states.typed": aStudyPreference(5, "user") }, 91)]);
    expect((await stage.run()).recipes["91"]).toBe("apply_error");
    expect(await here.pref("test.states.typed")).toBe("text");
  });

  test.each(["disable", "uninstall-undoable"] as const)(
    "who takes the extension away (%s) has the browser as it was, and no study is half there when it is back",
    async (how) => {
      await here.set("test.states.mine", "mine");
      await stage.publish([
        aStudy({ "test.states.mine": aStudyPreference("ours", "user") }),
        aStudy({ [shared]: aStudyPreference(30) }),
        aRolloutOf("findbar.highlightAll", true),
        anAddonStudy({
          id: next(),
          arguments: {
            slug: `addon-${how}`,
            branches: [{ slug: "with", ratio: 1, extensionApiId: here.apiId }],
          },
        }),
      ]);
      await stage.run();
      expect(await here.pref("test.states.mine")).toBe("ours");
      expect(await here.addons()).toContain(addonId);

      await stage.firefox.manageAddon(extensionId, how);
      const wanted = ["mine", builtIn, false];
      const seen = async () => [
        await here.pref("test.states.mine"),
        await here.pref(shared),
        await here.pref("findbar.highlightAll"),
      ];
      expect(await seen()).toEqual(wanted);
      await expect.poll(() => here.addons()).not.toContain(addonId);

      await stage.firefox.manageAddon(
        extensionId,
        how === "disable" ? "enable" : "cancel-uninstall",
      );
      impostor.play(/^\/v2\//u, (response) => {
        response.writeHead(500);
        response.end();
      });
      await stage.run();
      // What says that it runs, runs, and nothing else is there: an add-on does not come back.
      const isBack = how !== "disable";
      expect((await here.live()).map(({ kind }) => kind).sort()).toEqual(
        isBack ? ["preference-rollout", "preference-study", "preference-study"] : [],
      );
      expect(await seen()).toEqual(isBack ? ["ours", 30, true] : wanted);
      expect(await here.addons()).not.toContain(addonId);
      await here.tidy();
      expect(await seen()).toEqual(wanted);
      expect(await here.live()).toEqual([]);
    },
  );

  test("who switches studies off has them off within a second, a stalling server or not", async () => {
    const study = aStudy({ [shared]: aStudyPreference(30) });
    await stage.publish([study]);
    const before = await stage.run();
    expect(await here.pref(shared)).toBe(30);
    await stage.publish([study, aStudy({ "findbar.highlightAll": aStudyPreference(true) })]);
    impostor.play(/^\/v2\/bundle/u, () => undefined);
    impostor.forget();
    await here.set(`${mulberry}run_now`, 5_000_000);
    await expect.poll(() => impostor.asked).toContain("GET /v2/bundle.json");
    await here.set(`${mulberry}studies_enabled`, false);
    await expect.poll(() => here.pref(shared), { timeout: 2_000 }).toBe(builtIn);
    impostor.behave();
    const after = await stage.nextRun(before);
    expect(await here.pref("findbar.highlightAll")).toBe(false);
    expect(after.recipes).toEqual({});
    const run = await stage.run();
    expect(Object.values(run.recipes)).toEqual(["custom_1_error", "custom_1_error"]);
    expect(await here.pref(shared)).toBe(builtIn);
  });

  test("who switches telemetry off sends nothing but the wish to be forgotten, and is nobody's old acquaintance when it is on again", async () => {
    const rollout = aRolloutOf("findbar.highlightAll", true);
    await stage.publish([rollout, nothing()]);
    await stage.run();
    const first = await lastPing();
    const [mine] = await here.live();
    const submit = /^POST \/submit\/telemetry\/[^/]+\/(?!deletion-request)/u;

    await here.set(`${mulberry}telemetry_enabled`, false);
    await expect
      .poll(async () => (await here.live()).map((one) => one.enrollmentId))
      .toEqual([noEnrollmentIdMarker]);
    const wish = /^POST \/submit\/telemetry\/[^/]+\/deletion-request\//u;
    await expect.poll(() => impostor.asked.filter((line) => wish.test(line))).toHaveLength(1);
    impostor.forget();
    await stage.publish([rollout, aStudy({ [shared]: aStudyPreference(30) }), nothing()]);
    await stage.run();
    await stage.publish([rollout, nothing()]);
    await stage.run();
    expect(impostor.asked.filter((line) => submit.test(line))).toEqual([]);
    expect(await here.stored("outbox")).toEqual([]);
    expect(await here.stored("client_id")).toBeNull();

    // What happens now is recorded after the last run and before it is on again: it stays untold.
    await here.set(`${mulberry}rollouts_enabled`, false);
    await expect.poll(() => here.live()).toEqual([]);
    await here.set(`${mulberry}telemetry_enabled`, true);
    await here.set(`${mulberry}rollouts_enabled`, true);
    await stage.run();
    const second = await lastPing();
    const { events } = second.payload;
    expect(events.parent.map((event) => event[2])).not.toContain("unenroll");
    expect(second.clientId).not.toBe(first.clientId);
    expect(second.payload.sessionId).not.toBe(first.payload.sessionId);
    expect(second.payload.subsessionId).not.toBe(first.payload.subsessionId);
    const [again] = await here.live();
    expect(again?.enrollmentId).not.toBe(mine?.enrollmentId);
    expect(again?.enrollmentId).not.toBe(noEnrollmentIdMarker);
  });

  async function lastPing() {
    await stage.server.ingest.settled();
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const shape = v.looseObject({
      clientId: v.string(),
      payload: v.looseObject({
        sessionId: v.string(),
        subsessionId: v.string(),
        events: v.looseObject({ parent: v.array(v.array(v.unknown())) }),
      }),
    });
    const found = pings.map((ping) => v.safeParse(shape, pingOf(ping))).filter((p) => p.success);
    const last = found.at(-1);
    if (last === undefined) throw new Error("no event ping");
    return last.output;
  }
  const pingOf = (stored_: unknown): unknown =>
    typeof stored_ === "object" && stored_ !== null && "ping" in stored_ ? stored_.ping : stored_;
});
