import { beforeAll, describe, expect, test } from "vitest";
import { finalize } from "#core/finalize.ts";
import { overrides } from "#core/overrides.ts";
import { verifyBundle, verifyRoot } from "#core/trust.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aBench, inBook } from "#kit/bench.ts";
import { aConsoleLog, anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import type { Recipe } from "#recipes/recipe.ts";
import {
  aRolloutEnrollment,
  aState,
  aStudyEnrollment,
  anAddonEnrollment,
  dayMs,
  keptId,
  nowMs,
} from "#kit/situation.ts";

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

/** The recipe of `study(id)`. */
const recipeOf = (id: number) =>
  aPreferenceStudy({ id, arguments: { slug: `study-${String(id)}` } });

async function aVerifiedManifest(ids: readonly number[], must: readonly string[] = []) {
  return manifestOf(ids.map(recipeOf), must);
}

async function manifestOf(recipes: readonly Recipe[], must: readonly string[] = []) {
  const { bundle } = await authority.bundle({ recipes, manifest: { must } });
  const { root } = await verifyRoot(authority.root, tokens);
  return (await verifyBundle(bundle, root, undefined, authority.nowSeconds, tokens)).manifest;
}

const study = (id: number, said: Partial<ReturnType<typeof aStudyEnrollment>> = {}) =>
  aStudyEnrollment({ slug: `study-${String(id)}`, recipeId: id, preferences: {}, ...said });

describe("after a run", () => {
  test("studies that the manifest does not list are over, and the others were seen", async () => {
    const enrollments = [study(1), study(2), aRolloutEnrollment({ recipeId: 3 })];
    const bench = await aBench({ enrollments });
    const manifest = await manifestOf([recipeOf(1), aRollout({ id: 3 })]);
    expect(await finalize(manifest, bench, nowMs)).toEqual({
      braked: false,
      failed: new Set(),
    });
    expect(inBook(bench, study(1))).toEqual({ ...study(1), lastSeenMs: nowMs });
    expect(inBook(bench, study(2))).toMatchObject({
      state: "ended",
      endReason: "recipe-not-seen",
      lastSeenMs: nowMs - dayMs,
    });
    expect(inBook(bench, aRolloutEnrollment())).toMatchObject({ lastSeenMs: nowMs });
    expect(bench.recorder.events).toMatchObject([
      { method: "unenroll", value: "study-2", extra: { reason: "recipe-not-seen" } },
    ]);
  });

  test("a preference study is its slug, an add-on study its recipe", async () => {
    const addon = anAddonEnrollment({ recipeId: 4, addon: null });
    const other = anAddonEnrollment({ recipeId: 5, slug: "other", addon: null });
    const bench = await aBench({ enrollments: [study(1), study(2), addon, other] });
    await finalize(
      await manifestOf([
        aPreferenceStudy({ id: 2, arguments: { slug: "renamed" } }),
        anAddonStudy({ id: 4, arguments: { slug: "renamed-too" } }),
        // A recipe of another action is another thing.
        aConsoleLog({ id: 5 }),
        aPreferenceStudy({ id: 9, arguments: { slug: "study-1" } }),
      ]),
      bench,
      nowMs,
    );
    expect(bench.book.all()).toMatchObject([
      { slug: "study-1", state: "active" },
      { slug: "study-2", endReason: "recipe-not-seen" },
      { recipeId: 4, state: "active" },
      { recipeId: 5, endReason: "recipe-not-seen" },
    ]);
  });

  test("rollouts that nobody lists go on, and what is over is left alone", async () => {
    const over = study(5, { state: "ended", endReason: "unknown" });
    const bench = await aBench({ enrollments: [aRolloutEnrollment({ recipeId: 9 }), over] });
    await finalize(await aVerifiedManifest([1, 5]), bench, nowMs);
    expect(inBook(bench, aRolloutEnrollment())).toMatchObject({ state: "active" });
    expect(inBook(bench, over)).toEqual(over);
    expect(bench.trace).toEqual([]);
  });

  test.each([
    { live: 5, listed: 3, braked: false },
    { live: 5, listed: 2, braked: true },
    { live: 6, listed: 3, braked: false },
    { live: 3, listed: 0, braked: true },
    { live: 2, listed: 0, braked: false },
  ])("that would end all but $listed of $live studies: held back is $braked", async (row) => {
    const ids = Array.from({ length: row.live }, (_, index) => index + 1);
    const bench = await aBench({ enrollments: ids.map((id) => study(id)) });
    const listed = [...ids.slice(0, row.listed), 99];
    expect(await finalize(await aVerifiedManifest(listed), bench, nowMs)).toMatchObject({
      braked: row.braked,
    });
    const live = bench.book.all().filter(({ state }) => state === "active");
    expect(live).toHaveLength(row.braked ? row.live : row.listed);

    const released = await aVerifiedManifest(listed, ["mass-ok"]);
    expect(await finalize(released, bench, nowMs)).toMatchObject({ braked: false });
    expect(bench.book.all().filter(({ state }) => state === "active")).toHaveLength(row.listed);
  });

  test("with an empty list nothing ends unless two people said so, and then after seven days of it", async () => {
    const bench = await aBench({ enrollments: [study(1)] });
    expect(await finalize(await aVerifiedManifest([]), bench, nowMs)).toMatchObject({
      braked: true,
    });
    expect(inBook(bench, study(1))).toEqual(study(1));

    const empty = await aVerifiedManifest([], ["mass-ok"]);
    await finalize(empty, bench, nowMs);
    const today = Math.floor(nowMs / dayMs);
    expect(inBook(bench, study(1))).toEqual(study(1, { temporaryErrorDays: [today] }));
    for (const days of [1, 2, 3, 4, 5, 60]) await finalize(empty, bench, nowMs + days * dayMs);
    expect(inBook(bench, study(1))).toMatchObject({ state: "active" });
    await finalize(empty, bench, nowMs + 61 * dayMs);
    expect(inBook(bench, study(1))).toMatchObject({ state: "ended", endReason: "no-recipes" });
  });

  test("with an empty list and no study nothing is held back", async () => {
    const bench = await aBench();
    expect(await finalize(await aVerifiedManifest([]), bench, nowMs)).toMatchObject({
      braked: false,
    });
  });

  test("a study that cannot be ended does not keep the others from it", async () => {
    const held = aStudyEnrollment({ recipeId: 1 });
    const bench = await aBench({ enrollments: [held, study(2)] });
    const broken = {
      ...bench,
      ports: {
        ...bench.ports,
        preferences: {
          ...bench.ports.preferences,
          branches: bench.preferences.branches,
          journal: () => Promise.resolve({}),
          write: () => Promise.resolve(),
          read: () => Promise.reject(new Error("no preferences")),
        },
      },
    };
    const { failed } = await finalize(await aVerifiedManifest([9]), broken, nowMs);
    expect(failed).toEqual(new Set(["preference-study"]));
    expect(inBook(bench, study(2))).toMatchObject({ state: "ended" });
    expect(bench.log).toMatchObject([{ level: "error" }]);
  });
});

describe("what the person changes under a study", () => {
  const pref = (said = {}) => ({
    value: 9,
    branchType: "user" as const,
    previous: null,
    overridden: false,
    ...said,
  });
  const enrollment = aStudyEnrollment({
    preferences: { one: pref(), two: pref({ branchType: "default" }), three: pref() },
  });

  test("is theirs from then on, and told once for each", () => {
    const states = new Map([
      ["one", aState({ user: 1 })],
      ["two", aState({ default: 9, user: 2 })],
      ["three", aState({ user: 9 })],
    ]);
    const [saved, ...told] = overrides(enrollment, states, "observer");
    expect(saved).toEqual({
      do: "save-enrollment",
      enrollment: {
        ...enrollment,
        preferences: {
          one: pref({ overridden: true }),
          two: pref({ branchType: "default", overridden: true }),
          three: pref(),
        },
      },
    });
    expect(told).toEqual(
      ["one", "two"].map((preferenceName) => ({
        do: "record-event",
        event: {
          method: "expPrefChanged",
          object: "preference_study",
          value: "tab-study",
          extra: { preferenceName, reason: "observer", enrollmentId: keptId },
        },
      })),
    );
  });

  test("includes taking a value away", () => {
    const states = new Map([["one", aState()]]);
    expect(overrides(enrollment, states, "sideload")[1]).toMatchObject({
      event: { extra: { preferenceName: "one", reason: "sideload" } },
    });
  });

  test("is not a lock, which hides what the person and the study have", () => {
    const states = new Map([["one", aState({ default: 1, user: 1, locked: true })]]);
    expect(overrides(enrollment, states, "sideload")).toEqual([]);
  });

  test("that stood there at enrolment is told once more when it changes, in that session", () => {
    const mine = pref({ branchType: "default", overridden: true });
    const study = aStudyEnrollment({
      preferences: { one: { ...mine, sinceEnrollment: true }, two: pref() },
    });
    const states = new Map([
      ["one", aState({ default: 1, user: 7 })],
      ["two", aState({ default: 1, user: 9 })],
    ]);
    expect(overrides(study, states, "observer", ["two"])).toEqual([]);
    expect(overrides(study, states, "observer", ["one"])).toMatchObject([
      { enrollment: { preferences: { one: mine, two: pref() } } },
      { event: { extra: { preferenceName: "one", reason: "observer" } } },
    ]);
    const [saved, ...told] = overrides(study, states, "sideload");
    expect(saved).toMatchObject({ enrollment: { preferences: { one: mine } } });
    expect(saved).not.toMatchObject({
      enrollment: { preferences: { one: { sinceEnrollment: true } } },
    });
    expect(told).toEqual([]);
  });

  test("is what another extension says instead, for the person chose it; of a policy it is not", () => {
    const held = aState({ default: 5, locked: true });
    const takenOver = new Map([["one", { ...held, isTakenOver: true } as const]]);
    expect(overrides(enrollment, takenOver, "observer")[1]).toMatchObject({
      event: { method: "expPrefChanged", extra: { preferenceName: "one", reason: "observer" } },
    });
    expect(overrides(enrollment, new Map([["one", held]]), "observer")).toEqual([]);
  });

  test("is nothing while the value in effect is the study's, or not known, or theirs already", () => {
    const known = new Map([["one", aState({ default: 1, user: 9 })]]);
    expect(overrides(enrollment, known, "observer")).toEqual([]);
    expect(overrides(enrollment, new Map(), "observer")).toEqual([]);
    const theirs = aStudyEnrollment({ preferences: { one: pref({ overridden: true }) } });
    const changed = new Map([["one", aState({ user: 1 })]]);
    expect(overrides(theirs, changed, "observer")).toEqual([]);
  });
});
