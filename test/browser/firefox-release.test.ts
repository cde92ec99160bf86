import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { openReleaseStage } from "#kit/settings-stage.ts";
import { firefoxSettings, fromSetting, type Setting } from "#recipes/settings.ts";

// The build for a Firefox that takes only what Mozilla has signed, in a Firefox that takes it unsigned:
// no privileged APIs, no mozillaAddons, settings for preferences.

const prediction = "privacy.network.networkPredictionEnabled";
const animation = "browserSettings.imageAnimationBehavior";
const free = "controllable_by_this_extension";
const ours = "controlled_by_this_extension";
const nothing = aConsoleLog({ id: 19 });

const aStudyOf = (id: number, slug: string, wanted: ReturnType<typeof aStudyPreference>) =>
  aPreferenceStudy({
    id,
    arguments: {
      slug,
      branches: [{ slug: "only", ratio: 1, preferences: { "image.animation_mode": wanted } }],
    },
  });
const rollout = aRollout({
  id: 11,
  arguments: {
    slug: "no-prefetch",
    preferences: [{ preferenceName: "network.prefetch-next", value: false }],
  },
});
const endOfRollout = aRollback({ id: 12, arguments: { rolloutSlug: "no-prefetch" } });

describe("a server and a Firefox without privileged APIs", () => {
  let stage: Awaited<ReturnType<typeof openReleaseStage>>;
  beforeAll(async () => {
    stage = await openReleaseStage();
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  const told = async () =>
    (await stage.events("normandy")).map(({ method, value, extra }) => [
      method,
      value,
      extra?.["reason"],
    ]);

  test("have every setting of the table, at the value that about:config has by default", async () => {
    const table: Readonly<Record<string, Setting>> = firefoxSettings;
    const rows = Object.entries(table);
    const seen = (await stage.shown(...rows.map(([, { api }]) => api))) as readonly [
      unknown,
      string,
    ][];
    for (const [index, [name, setting]] of rows.entries()) {
      const [value, level] = seen[index] ?? [];
      expect([fromSetting(setting, value), level], name).toEqual([setting.builtIn, free]);
      expect(await stage.firefox.getPref(name, "default"), name).toBe(setting.builtIn);
    }
  });

  test("turn recipes into settings and reports; what is lacking ends at its capability", async () => {
    const elsewhere = aRollout({
      id: 14,
      arguments: {
        slug: "elsewhere",
        preferences: [{ preferenceName: "browser.tabs.warnOnOpen", value: false }],
      },
    });
    const study = aStudyOf(10, "still-images", aStudyPreference("once"));
    await stage.publish([study, rollout, nothing, anAddonStudy({ id: 13 }), elsewhere]);
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 10: "success", 11: "success", 19: "success", 13: "backoff", 14: "backoff" },
    });
    expect(await stage.shown(animation, prediction)).toEqual([
      ["once", ours],
      [false, ours],
    ]);
    expect(await stage.firefox.getPref("image.animation_mode")).toBe("once");
    expect(await told()).toEqual([
      ["enroll", "still-images", undefined],
      ["enroll", "no-prefetch", undefined],
    ]);
  });

  test("say that it is Firefox, of which version and build", async () => {
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const version = await stage.firefox.runPrivileged(`() => Services.appinfo.version`);
    const buildId = await stage.firefox.runPrivileged(`() => Services.appinfo.appBuildID`);
    expect(pings.at(-1)?.ping).toMatchObject({
      application: { name: "Firefox", vendor: "Mozilla", version, buildId },
    });
  });

  test("keep what holds over a restart, and give it back when the recipes end", async () => {
    await stage.firefox.restart();
    await expect
      .poll(() => stage.shown(animation, prediction))
      .toEqual([
        ["once", ours],
        [false, ours],
      ]);
    expect(await stage.run()).toMatchObject({ recipes: { 10: "success" } });
    await stage.publish([nothing, endOfRollout]);
    await stage.run();
    expect(await stage.shown(animation, prediction)).toEqual([
      ["normal", free],
      [true, free],
    ]);
    expect((await told()).slice(2)).toEqual([
      ["unenroll", "no-prefetch", "rollback"],
      ["unenroll", "still-images", "recipe-not-seen"],
    ]);
  });

  test("leave alone what a person sets in about:config under a study, and tell of it", async () => {
    await stage.publish([nothing, aStudyOf(20, "images", aStudyPreference("once", "user"))]);
    await stage.run();
    await stage.firefox.setPref("image.animation_mode", "none");
    await stage.firefox.restart();
    await stage.run();
    expect(await told()).toContainEqual(["expPrefChanged", "images", "sideload"]);
    await stage.publish([nothing]);
    await stage.run();
    expect(await stage.shown(animation)).toEqual([["none", free]]);
    await stage.firefox.setPref("image.animation_mode", null);
  });

  test.each(["disable", "uninstall"] as const)("lose nothing by %s", async (how) => {
    await stage.publish([
      nothing,
      aStudyOf(how === "disable" ? 30 : 31, how, aStudyPreference("none")),
    ]);
    await stage.run();
    expect(await stage.firefox.getPref("image.animation_mode")).toBe("none");
    await stage.firefox.manageAddon(extensionId, how);
    await expect.poll(() => stage.firefox.getPref("image.animation_mode")).toBe("normal");
    if (how === "uninstall") return;
    await stage.firefox.manageAddon(extensionId, "enable");
    await expect.poll(() => stage.firefox.getPref("image.animation_mode")).toBe("none");
    await stage.publish([nothing]);
    await stage.run();
  });
});
