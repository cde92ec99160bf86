import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { actions } from "#actions/index.ts";
import { EnrollmentBook } from "#core/book.ts";
import { Guard } from "#core/guard.ts";
import { run, type RunInput } from "#core/run.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { anAuthority, type Authority, type Publishing } from "#kit/authority.ts";
import { benchOn, NotingRecorder } from "#kit/bench.ts";
import { anAnswer, aUuid, aWorld, serverUrl, type World } from "#kit/client.ts";
import { aConsoleLog, anAddonStudy, aPreferenceStudy, aRollback, aRollout } from "#kit/recipes.ts";
import { aStudyEnrollment } from "#kit/situation.ts";

let authority: Authority;
let world: World;
let recorder: NotingRecorder;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority);
  recorder = new NotingRecorder();
});

async function runWith(
  recipes: readonly (Recipe | Publishing)[],
  said: Partial<RunInput> = {},
  manifest: Record<string, unknown> = {},
) {
  const published = await authority.bundle({ recipes, manifest });
  world.network.serve(published);
  return { ...(await runServed(said)), published };
}

async function runServed(said: Partial<RunInput> = {}) {
  const book = await EnrollmentBook.open(world.store, world.ports.log);
  const report = await run({
    trigger: "timer",
    settings: world.settings.current,
    isFirstRun: false,
    pinnedRoot: authority.root,
    actions,
    ports: world.ports,
    bench: await benchOn(world.ports, book, recorder),
    guard: await Guard.open(world.ports, "0"),
    ...said,
  });
  return { report, book };
}
const told = (source: string) =>
  recorder.uptakes.filter((uptake) => uptake.source === `normandy/${source}`);

describe("a run", () => {
  test("that computes for long lets what waits have its turn between two recipes", async () => {
    const order: string[] = [];
    const log: World["ports"]["log"] = {
      write: (_level, message) => order.push(message),
    };
    let nowMs = 0;
    const clock: World["ports"]["clock"] = {
      nowMs: () => world.clock.nowMs(),
      // Each look at the clock finds that 60 ms have gone by.
      monotonicMs: () => (nowMs += 60),
      delay: () => {
        order.push("turn");
        return Promise.resolve();
      },
    };
    const recipes = [1, 2, 3].map((id) => aConsoleLog({ id, arguments: { message: String(id) } }));
    const ports = { ...world.ports, clock, log };
    const book = await EnrollmentBook.open(world.store, world.ports.log);
    await runWith(recipes, { ports, bench: await benchOn(ports, book, recorder) });
    expect(order.filter((what) => /^(?:turn|\d)$/u.test(what)).join(" ")).toBe("1 turn 2 3");
  });

  test("reports itself, each recipe and each action, each once", async () => {
    const recipes = [
      aConsoleLog({ id: 1 }),
      aConsoleLog({ id: 2, filter_expression: "false" }),
      aConsoleLog({ id: 3, filter_expression: "1 +" }),
      aConsoleLog({ id: 4, capabilities: ["telepathy"] }),
      aRollout({ id: 5 }),
      { recipe: aConsoleLog({ id: 6 }), body: "{" },
      { recipe: aConsoleLog({ id: 7 }), entry: { sha256: "A".repeat(43) } },
      { recipe: aConsoleLog({ id: 8 }), entry: { act: "time-travel" } },
      aRollback({ id: 9, arguments: { rolloutSlug: "none" } }),
    ];
    const { report, published } = await runWith(recipes);
    expect(report).toMatchObject({
      trigger: "timer",
      runner: "success",
      ep: 1,
      n: 10,
      finishedAt: new Date(world.clock.nowMs()).toISOString(),
      recipes: {
        1: "success",
        2: "backoff",
        3: "content_error",
        4: "backoff",
        5: "success",
        6: "content_error",
        7: "signature_error",
        8: "signature_error",
        9: "success",
      },
    });
    expect(report).not.toHaveProperty("reason");
    expect(recorder.uptakes).toEqual([
      { source: "normandy/recipe/1", status: "success" },
      { source: "normandy/recipe/2", status: "backoff", reason: "filter-mismatch" },
      { source: "normandy/recipe/3", status: "content_error", reason: "filter/syntax" },
      { source: "normandy/recipe/4", status: "backoff", reason: "telepathy" },
      { source: "normandy/recipe/5", status: "success", reason: "enrolled" },
      { source: "normandy/recipe/6", status: "content_error", reason: "recipe/malformed" },
      { source: "normandy/recipe/7", status: "signature_error", reason: "body-mismatch" },
      { source: "normandy/recipe/8", status: "signature_error", reason: "identity" },
      { source: "normandy/recipe/9", status: "success", reason: "no-rollout" },
      { source: "normandy/action/console-log", status: "success" },
      { source: "normandy/action/preference-rollback", status: "success" },
      { source: "normandy/action/preference-rollout", status: "success" },
      { source: "normandy/runner", status: "success" },
    ]);
    const [first] = published.manifest.recipes;
    expect(recorder.freshnesses).toEqual({ 1: first?.mod, 5: first?.mod, 9: first?.mod });
  });

  test("of which the recipe names an action that nobody knows says so", async () => {
    const strange = { ...aConsoleLog(), action: "time-travel" } as unknown as Recipe;
    expect((await runWith([strange])).report?.recipes).toEqual({ 1: "download_error" });
    expect(told("recipe/1")).toMatchObject([{ reason: "unknown-action" }]);
    expect(recorder.uptakes.some(({ source }) => source.includes("/action/"))).toBe(false);
  });

  test("that could not fetch reports why, touches nothing and finishes nothing", async () => {
    await world.store.set({
      enrollments: { a: aStudyEnrollment({ recipeId: 7, preferences: {} }) },
    });
    const network = {
      ...world.ports,
      network: {
        get: () => Promise.resolve({ kind: "offline" as const }),
        post: () => Promise.reject(new Error()),
      },
    };
    const { report, book } = await runWith([], { ports: network });
    expect(report).toMatchObject({
      runner: "offline_error",
      reason: "offline",
      ep: 0,
      n: 0,
      recipes: {},
      timings: { verify: 0 },
    });
    expect(recorder.uptakes).toEqual([
      { source: "normandy/runner", status: "offline_error", reason: "offline" },
    ]);
    expect(book.all()).toMatchObject([{ state: "active" }]);
  });

  test("after damage to what was believed goes on, and says so", async () => {
    await world.store.set({ trust: "damaged" });
    expect((await runWith([aConsoleLog()])).report).toMatchObject({
      runner: "corruption_error",
      reason: "trust-record",
      recipes: { 1: "success" },
    });
  });

  test("ends the studies that are listed no more, after all recipes", async () => {
    await world.store.set({
      enrollments: { a: aStudyEnrollment({ recipeId: 7, preferences: {} }) },
    });
    const { book } = await runWith([aConsoleLog()]);
    expect(book.all()).toMatchObject([{ state: "ended", endReason: "recipe-not-seen" }]);
  });

  test("that would end most studies is held back, and that is logged", async () => {
    await world.store.set({ enrollments: { a: aStudyEnrollment({ preferences: {} }) } });
    const { book } = await runWith([]);
    expect(book.all()).toMatchObject([{ state: "active" }]);
    expect(world.log).toMatchObject([{ level: "warn" }]);
  });

  test("makes the randomisation id once, and keeps it where it survives", async () => {
    world.settings.current = { ...world.settings.current, userId: "" };
    const mine = aConsoleLog({ filter_expression: `env.userId == '${aUuid(1)}'` });
    expect((await runWith([mine])).report?.recipes).toEqual({ 1: "success" });
    expect(world.settings.current.userId).toBe(aUuid(1));
    await runWith([mine]);
    expect(world.settings.current.userId).toBe(aUuid(1));
  });

  test.each([{ enabled: false }, { serverUrl: undefined }])("is none with %j", async (off) => {
    world.settings.current = { ...world.settings.current, ...off };
    expect((await runWith([aConsoleLog()])).report).toBeUndefined();
    expect(world.network.asked).toEqual([]);
    expect(recorder.uptakes).toEqual([]);
  });
});

describe("one recipe", () => {
  test("whose switch is off is not carried out, and says so", async () => {
    world.settings.current = { ...world.settings.current, studiesEnabled: false };
    const { report, book } = await runWith([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
    expect(report?.recipes).toEqual({ 1: "custom_1_error", 2: "success" });
    expect(told("recipe/1")).toMatchObject([{ reason: "opted-out" }]);
    expect(book.all()).toHaveLength(1);
  });

  test("that cannot be carried out does not keep the others from it", async () => {
    const preferences = {
      branches: world.preferences.branches,
      read: (names: readonly string[]) => world.preferences.read(names),
      journal: () => world.preferences.journal(),
      write: () => Promise.reject(new Error("the disk is full")),
    };
    const ports = { ...world.ports, preferences };
    const book = await EnrollmentBook.open(world.store, world.ports.log);
    const { report } = await runWith([aRollout({ id: 1 }), aConsoleLog({ id: 2 })], {
      ports,
      bench: await benchOn(ports, book, recorder),
    });
    expect(report).toMatchObject({
      runner: "success",
      recipes: { 1: "apply_error", 2: "success" },
    });
    expect(told("recipe/1")).toMatchObject([{ reason: "claim-preference" }]);
    expect(book.all()).toEqual([]);
    expect(world.log).toMatchObject([{ level: "error", fields: { recipe: 1 } }, {}]);
  });

  test("that cannot even be decided does not either", async () => {
    const preferences = {
      branches: world.preferences.branches,
      read: () => Promise.reject(new Error("no preferences today")),
      journal: () => world.preferences.journal(),
      write: () => Promise.resolve(),
    };
    const { report } = await runWith([aRollout({ id: 1 }), aConsoleLog({ id: 2 })], {
      ports: { ...world.ports, preferences },
    });
    expect(report?.recipes).toEqual({ 1: "apply_error", 2: "success" });
    expect(told("recipe/1")).toMatchObject([{ reason: "decide" }]);
    expect(JSON.stringify(recorder.uptakes)).not.toContain("today");
  });

  test("whose add-on cannot be had says why", async () => {
    const branches = anAddonStudy().arguments.branches.slice(1);
    const { report } = await runWith([anAddonStudy({ arguments: { branches } })]);
    expect(report?.recipes).toEqual({ 1: "apply_error" });
    expect(told("recipe/1")).toMatchObject([{ reason: "download-failure" }]);
    expect(recorder.events).toMatchObject([
      { extra: { reason: "download-failure", detail: "ERROR_NETWORK_FAILURE" } },
    ]);
  });

  test("sees what the one before it did", async () => {
    const second = aRollout({ id: 2, arguments: { slug: "second" } });
    const { report } = await runWith([aRollout({ id: 1 }), second]);
    expect(report?.recipes).toEqual({ 1: "success", 2: "apply_error" });
    expect(told("recipe/2")).toMatchObject([{ reason: "conflict" }]);
  });

  test("whose study cannot be ended is reported with its action", async () => {
    await world.store.set({ enrollments: { a: aStudyEnrollment({ recipeId: 7 }) } });
    const preferences = {
      branches: world.preferences.branches,
      read: () => Promise.reject(new Error("no preferences")),
      journal: () => world.preferences.journal(),
      write: () => Promise.resolve(),
    };
    const ports = { ...world.ports, preferences };
    const book = await EnrollmentBook.open(world.store, world.ports.log);
    await runWith([aConsoleLog()], { ports, bench: await benchOn(ports, book, recorder) });
    expect(told("action/preference-study")).toMatchObject([{ status: "custom_2_error" }]);
    expect(told("action/console-log")).toMatchObject([{ status: "success" }]);
    expect(told("runner")).toMatchObject([{ status: "success" }]);
  });
});

test("an unsigned body neither enrols nor ends anybody", async () => {
  const study = aPreferenceStudy();
  const { report, published } = await runWith([study]);
  expect(report?.recipes).toEqual({ 1: "success" });
  const [entry] = published.manifest.recipes;
  const bad = JSON.stringify({ ...study, arguments: {} }).padEnd(entry?.len ?? 0, " ");
  await world.store.remove(["bodies"]);
  const next = await authority.bundle({ recipes: [study], manifest: { n: 11 } });
  world.network.serve(next);
  world.network.on(`${serverUrl}/v2/r/${entry?.sha256 ?? ""}`, anAnswer(bad));
  const { report: again, book } = await runServed();
  expect(again?.recipes).toEqual({ 1: "signature_error" });
  expect(book.all()).toMatchObject([
    { state: "active", temporaryErrorDays: [Math.floor(world.clock.nowMs() / 86_400_000)] },
  ]);
});
