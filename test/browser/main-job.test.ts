import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// The main job in a stock Firefox ESR: what a server publishes becomes a stored enrolment.

const studyAddon = path.join(import.meta.dirname, "../fixtures/study-addon");
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

/** Real preferences of this Firefox, with the defaults that it is built with. */
const studied = "browser.sessionhistory.max_entries";
const studiedDefault = 50;
const rolledOut = "findbar.highlightAll";

const study = aPreferenceStudy({
  id: 10,
  arguments: {
    slug: "history-study",
    branches: [
      { slug: "thirty", ratio: 1, preferences: { [studied]: aStudyPreference(30) } },
      { slug: "twenty", ratio: 1, preferences: { [studied]: aStudyPreference(20) } },
    ],
  },
});
const rollout = aRollout({
  id: 11,
  arguments: { slug: "highlight", preferences: [{ preferenceName: rolledOut, value: true }] },
});

describe("a server and a stock Firefox", () => {
  let stage: Stage;
  let addonStudy: unknown;

  beforeAll(async () => {
    stage = await openStage();
    const id = await stage.addAddon(studyAddon);
    addonStudy = anAddonStudy({
      id: 12,
      arguments: {
        slug: "addon-study",
        branches: [{ slug: "with", ratio: 1, extensionApiId: id }],
      },
    });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("run by themselves at the first start, and report an empty set as a success", async () => {
    const first = await stage.nextRun(undefined);
    expect(first).toMatchObject({ trigger: "first-run", runner: "success", recipes: {} });
  });

  test("turn published recipes into stored enrolments", async () => {
    const mismatch = aConsoleLog({ id: 14, filter_expression: 'env.channel == "no-such-channel"' });
    const broken = aConsoleLog({ id: 15, filter_expression: "env.channel ==" });
    await stage.publish([study, rollout, addonStudy, aConsoleLog({ id: 13 }), mismatch, broken]);
    const run = await stage.run();
    expect(run).toMatchObject({
      trigger: "run-now",
      runner: "success",
      recipes: {
        10: "success",
        11: "success",
        12: "success",
        13: "success",
        14: "backoff",
        15: "content_error",
      },
    });

    expect([20, 30]).toContain(await stage.firefox.getPref(studied));
    expect(await stage.firefox.getPref(rolledOut)).toBe(true);
    expect(await stage.firefox.listAddons()).toContainEqual({
      id: "feature-study@mulberry.example",
      version: "1.0.0",
      isActive: true,
    });

    const enrolled = (await stage.events("normandy")).filter(({ method }) => method === "enroll");
    expect(enrolled.map(({ object, value }) => [object, value])).toEqual([
      ["preference_study", "history-study"],
      ["preference_rollout", "highlight"],
      ["addon_study", "addon-study"],
    ]);
    const ids = enrolled.map(({ extra }) => extra?.["enrollmentId"]);
    for (const id of ids) expect(id).toMatch(uuid);
    expect(new Set(ids).size).toBe(3);
    const uptake = (await stage.events("uptake.remotecontent.result")).filter(
      ({ extra }) => extra?.["source"] === "normandy/recipe/10",
    );
    expect(uptake.map(({ value }) => value)).toEqual(["success"]);
  });

  test("annotate pings with what runs, its branch, type and enrolment id", async () => {
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const last = pings.at(-1);
    expect(JSON.stringify(last)).toContain('"normandy-addonstudy"');
    expect(JSON.stringify(last)).toContain('"normandy-prefrollout"');
  });

  test("change nothing on a second run over the same set", async () => {
    const before = await stage.events("normandy");
    await stage.run();
    expect(await stage.events("normandy")).toEqual(before);
  });

  test("have the default branch back after a restart, before any run", async () => {
    const value = await stage.firefox.getPref(studied);
    await stage.firefox.setPref("extensions.mulberry.enabled", true);
    await stage.firefox.restart();
    expect(await stage.firefox.getPref(studied, "default")).toBe(value);
    expect((await stage.firefox.savedPrefs()).has(studied)).toBe(false);
  });

  test("give back what was there when the recipes end", async () => {
    await stage.publish([
      aConsoleLog({ id: 13 }),
      aRollback({ id: 16, arguments: { rolloutSlug: "highlight" } }),
    ]);
    await stage.run();
    expect(await stage.firefox.getPref(studied)).toBe(studiedDefault);
    expect(await stage.firefox.getPref(rolledOut)).toBe(false);
    const addons = (await stage.firefox.listAddons()).map(({ id }) => id);
    expect(addons).not.toContain("feature-study@mulberry.example");
    const ended = (await stage.events("normandy")).filter(({ method }) => method === "unenroll");
    expect(ended.map(({ object, extra }) => [object, extra?.["reason"]]).sort()).toEqual([
      ["addon_study", "recipe-not-seen"],
      ["preference_rollback", "rollback"],
      ["preference_study", "recipe-not-seen"],
    ]);
  });
});

describe("a Firefox that cannot believe its server", () => {
  test("changes nothing, says why, and goes on when the server is itself again", async () => {
    await using stage = await openStage();
    await stage.publish([study]);
    const enrolled = await stage.nextRun(undefined);
    const value = await stage.firefox.getPref(studied);

    const other = await openStage({ "extensions.mulberry.server_url": stage.server.url });
    await using _end = other;
    // The other extension pins the other server's root: to it, this server is an impostor.
    expect(await other.nextRun(undefined)).toMatchObject({
      runner: "signature_error",
      reason: "unknown-key",
      recipes: {},
    });
    expect(await other.firefox.getPref(studied)).toBe(studiedDefault);
    expect(enrolled.runner).toBe("success");
    expect([20, 30, studiedDefault]).toContain(value);
  });

  test("keeps what runs while the server is away", async () => {
    await using stage = await openStage();
    await stage.publish([study]);
    await stage.run();
    const value = await stage.firefox.getPref(studied);
    expect([20, 30]).toContain(value);
    await stage.firefox.setPref("extensions.mulberry.server_url", "http://127.0.0.1:9");
    expect(await stage.run()).toMatchObject({ runner: "network_error", recipes: {} });
    expect(await stage.firefox.getPref(studied)).toBe(value);
    await stage.firefox.setPref("extensions.mulberry.server_url", stage.server.url);
    expect(await stage.run()).toMatchObject({ runner: "success", recipes: { 10: "success" } });
    // What could not be reported while it was away is reported now.
    const runners = (await stage.events("uptake.remotecontent.result"))
      .filter(({ extra }) => extra?.["source"] === "normandy/runner")
      .map(({ value: status }) => status);
    expect(runners).toContain("network_error");
  });
});

describe("a person", () => {
  test("keeps a value that they set under a study, and it is told once", async () => {
    await using stage = await openStage();
    await stage.publish([study]);
    await stage.run();
    await stage.firefox.setPref(studied, 77);
    await stage.run();
    await stage.publish([aConsoleLog({ id: 13 })]);
    await stage.run();
    expect(await stage.firefox.getPref(studied)).toBe(77);
    expect(await stage.firefox.getPref(studied, "default")).toBe(studiedDefault);
    const changed = (await stage.events("normandy")).filter(
      ({ method }) => method === "expPrefChanged",
    );
    expect(changed.map(({ extra }) => [extra?.["preferenceName"], extra?.["reason"]])).toEqual([
      [studied, "observer"],
    ]);
  });

  test("who switches studies off has the browser as it was, without a server", async () => {
    await using stage = await openStage();
    await stage.publish([study, rollout]);
    await stage.run();
    await stage.firefox.setPref("extensions.mulberry.server_url", "http://127.0.0.1:9");
    await stage.firefox.setPref("extensions.mulberry.studies_enabled", false);
    await expect.poll(() => stage.firefox.getPref(studied)).toBe(studiedDefault);
    expect(await stage.firefox.getPref(rolledOut)).toBe(true);
  });
});
