import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { writeFile } from "node:fs/promises";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Recipe } from "#recipes/recipe.ts";
import type { PreferenceBranch } from "#recipes/arguments.ts";
import { anAddonStudy, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { packXpi } from "#tools/xpi.ts";

// A recipe meets a bug of the browser's: Firefox crashes, for real, and is started again.

const fixtures = path.join(import.meta.dirname, "../fixtures");
const addonId = "feature-study@mulberry.example";
const record = v.looseObject({
  streak: v.number(),
  mode: v.string(),
  quarantined: v.array(v.looseObject({ id: v.number() })),
  held: v.array(v.looseObject({ id: v.number() })),
});

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  const crasher = path.join(stage.dataDir, "crasher.xpi");
  await writeFile(crasher, await packXpi(path.join(fixtures, "crasher")));
  await stage.nextRun(undefined);
  await stage.firefox.installAddon(crasher);
  await stage.firefox.restart();
});
afterEach(() => stage[Symbol.asyncDispose]());

const bad = (branch: PreferenceBranch = "default"): Recipe =>
  aPreferenceStudy({
    id: 7,
    arguments: {
      slug: "bad",
      branches: [
        {
          slug: "only",
          ratio: 1,
          preferences: { "test.crasher.bad": aStudyPreference(true, branch) },
        },
      ],
    },
  });
const innocents: readonly Recipe[] = [
  aPreferenceStudy({
    id: 6,
    arguments: {
      slug: "study",
      branches: [
        {
          slug: "only",
          ratio: 1,
          preferences: { "browser.sessionhistory.max_entries": aStudyPreference(30, "user") },
        },
      ],
    },
  }),
  aRollout({
    id: 8,
    arguments: {
      slug: "rollout",
      preferences: [{ preferenceName: "findbar.highlightAll", value: true }],
    },
  }),
];

/** Starts Firefox; resolves once it has crashed, or has lived `forMs` beyond its first run. */
async function startFor(forMs: number): Promise<"crashed" | "lives"> {
  const since = new Date().toISOString();
  try {
    await stage.firefox.start();
  } catch {
    return "crashed";
  }
  return stateAfter(since, forMs);
}

async function stateAfter(since: string, forMs: number): Promise<"crashed" | "lives"> {
  const crashed = stage.firefox.exited.then(() => "crashed" as const);
  for (;;) {
    // A question that meets a crash is answered by the crash.
    const ran = stage.nextRun(undefined).catch(async () => {
      await crashed;
      return undefined;
    });
    const report = await Promise.race([ran, crashed]);
    if (report === undefined || report === "crashed") return "crashed";
    if (report.finishedAt > since) break;
    await delay(25);
  }
  return Promise.race([crashed, delay(forMs, "lives" as const)]);
}

/** Publishes, lets the browser run, and starts it again as often as it crashes. */
async function startsUntilUsable(recipes: readonly Recipe[], forMs: number): Promise<number> {
  await stage.publish(recipes);
  const since = new Date().toISOString();
  // It may be gone before it has answered.
  stage.firefox.setPref("extensions.mulberry.run_now", 900).catch(() => undefined);
  if ((await stateAfter(since, forMs)) === "lives") return 1;
  for (let start = 2; start < 9; start += 1) if ((await startFor(forMs)) === "lives") return start;
  return Infinity;
}

async function safe() {
  const text = await stage.firefox.getPref("extensions.mulberry.safe_mode");
  return v.parse(record, JSON.parse(String(text)));
}

const idsOf = (list: readonly { readonly id: number }[]): readonly number[] =>
  list.map(({ id }) => id).sort((one, other) => one - other);

async function valueOf(name: string): Promise<unknown> {
  return stage.firefox.getPref(name);
}

describe("a recipe that crashes the browser", { timeout: 300_000 }, () => {
  test.each(["default", "user"] as const)(
    "at once, on the %s branch, is out by the third start; what came with it is not",
    async (branch) => {
      const usable = await startsUntilUsable([...innocents, bad(branch)], 500);
      expect(usable).toBeLessThanOrEqual(3);
      const report = await stage.run();
      expect(report.recipes).toEqual({ 6: "success", 7: "apply_error", 8: "success" });
      expect(await safe()).toMatchObject({ held: [], quarantined: [{ id: 7 }] });
      expect(await valueOf("test.crasher.bad")).toBeNull();
      expect(await valueOf("browser.sessionhistory.max_entries")).toBe(30);
      expect(await valueOf("findbar.highlightAll")).toBe(true);
      const told = (await stage.events()).filter(
        ({ extra }) => extra?.["source"] === "normandy/recipe/7",
      );
      expect(told.at(-1)).toMatchObject({ value: "apply_error", extra: { reason: "crash-loop" } });
    },
  );

  test("a while after it is made is out by the third start, alone as it is", async () => {
    await stage.firefox.setPref("test.crasher.delay_ms", 1_500);
    expect(await startsUntilUsable([bad("user")], 4_000)).toBeLessThanOrEqual(3);
    expect(await safe()).toMatchObject({ quarantined: [{ id: 7 }] });
    expect(await valueOf("test.crasher.bad")).toBeNull();
    await stage.run();
    const ended = (await stage.events("normandy")).filter(({ method }) => method === "unenroll");
    expect(ended).toMatchObject([{ value: "bad", extra: { reason: "crash-loop" } }]);
  });

  test("a while after it is made, among others, is out of force by the third start, and nobody is blamed in its stead", async () => {
    await stage.firefox.setPref("test.crasher.delay_ms", 3_500);
    const usable = await startsUntilUsable([bad(), ...innocents], 7_000);
    expect(usable).toBeLessThanOrEqual(3);
    expect(await valueOf("test.crasher.bad")).toBeNull();
    expect(idsOf((await safe()).quarantined)).toEqual([]);
    const page = await stage.firefox.openPage("pages/studies.html");
    const warned = `async () => {
      for (;;) {
        const cards = [...document.querySelectorAll("#running article")];
        if (cards.length > 0) return cards.filter((card) => card.querySelector(".held")).length;
        await new Promise((done) => setTimeout(done, 20));
      }
    }`;
    expect(await page.run(warned)).toBe((await safe()).held.length);
    await page.close();
    // From here on one thing is tried in each session that ends well.
    const outcomes: string[] = [];
    for (let start = 0; start < 8 && (await safe()).held.length > 0; start += 1) {
      await stage.firefox.stop();
      outcomes.push(await startFor(6_000));
      if (outcomes.at(-1) === "crashed") outcomes.push(await startFor(500));
    }
    expect(outcomes).toContain("crashed");
    expect(idsOf((await safe()).quarantined)).toEqual([7]);
    const report = await stage.run();
    expect(report.recipes).toEqual({ 6: "success", 7: "apply_error", 8: "success" });
    expect(await valueOf("browser.sessionhistory.max_entries")).toBe(30);
    expect(await valueOf("findbar.highlightAll")).toBe(true);
  });

  test("by its add-on is out by the third start, and so is the add-on", async () => {
    await stage.firefox.setPref("test.crasher.addon", addonId);
    await stage.firefox.setPref("test.crasher.delay_ms", 2_500);
    const apiId = await stage.addAddon(path.join(fixtures, "study-addon"));
    const study = anAddonStudy({
      id: 9,
      arguments: {
        slug: "addon",
        branches: [{ slug: "with", ratio: 1, extensionApiId: apiId }],
      },
    });
    expect(await startsUntilUsable([study], 5_000)).toBeLessThanOrEqual(3);
    expect(await safe()).toMatchObject({ quarantined: [{ id: 9 }] });
    expect((await stage.firefox.listAddons()).map(({ id }) => id)).not.toContain(addonId);
  });
});

describe("crashes in a row", { timeout: 300_000 }, () => {
  async function crashes(count: number): Promise<void> {
    for (let crash = 0; crash < count; crash += 1) {
      await stage.firefox.kill();
      await stage.firefox.start();
    }
  }

  test("of four undo everything; a set that says something new gets a new chance", async () => {
    await stage.publish(innocents);
    await stage.run();
    expect(await valueOf("browser.sessionhistory.max_entries")).toBe(30);
    await crashes(4);
    const none = await stage.run();
    expect(none.recipes).toEqual({ 6: "apply_error", 8: "apply_error" });
    expect(await safe()).toMatchObject({ streak: 4, mode: "nothing" });
    expect(await valueOf("browser.sessionhistory.max_entries")).toBe(50);
    expect(await valueOf("findbar.highlightAll")).toBe(false);
    const saved = [...(await stage.firefox.savedPrefs()).keys()];
    expect(saved.filter((name) => name.startsWith("extensions.mulberry.journal."))).toEqual([]);

    await stage.publish([...innocents, { ...bad(), filter_expression: "false" }]);
    const again = await stage.run();
    expect(again.recipes).toMatchObject({ 7: "backoff", 8: "success" });
    expect(await valueOf("findbar.highlightAll")).toBe(true);
  });

  test("are none where the browser was ended as a person ends it", async () => {
    await stage.publish(innocents);
    await stage.run();
    for (let start = 0; start < 5; start += 1) {
      await stage.firefox.restart();
      expect(await safe()).toMatchObject({ streak: 0, mode: "normal", held: [], quarantined: [] });
    }
    expect(await valueOf("browser.sessionhistory.max_entries")).toBe(30);
    expect(await valueOf("findbar.highlightAll")).toBe(true);
  });
});
