import { describe, expect, test } from "vitest";
import { apply } from "#core/apply.ts";
import { resume, undoOrphans } from "#core/resume.ts";
import type { Enrollment } from "#core/enrollment.ts";
import type { Claim, JournalEntry } from "#core/preferences.ts";
import { aPublishedAddon } from "#kit/recipes.ts";
import { aBench, inBook } from "#kit/bench.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const after = "test.tabs.after";
const fast = "test.tabs.fast";
const entry = (...claims: readonly Claim[]): JournalEntry => ({
  v: 1,
  base: { default: false, user: null },
  claims,
});
const claimOf = (owner: Claim["owner"], slug: string): Claim => ({
  owner,
  slug,
  branch: "default",
  value: true,
});
const orphansOf = (journal: Record<string, JournalEntry>, enrollments: readonly Enrollment[]) =>
  undoOrphans(journal, { all: () => enrollments });

describe("a claim that no live enrolment stands behind", () => {
  test("is undone", () => {
    expect(orphansOf({ [after]: entry(claimOf("study", "tab-study")) }, [])).toEqual([
      {
        do: "release-preference",
        name: after,
        owner: "study",
        slug: "tab-study",
        keepValue: false,
      },
    ]);
  });

  test("is told from the others on the same preference", () => {
    const journal = { [after]: entry(claimOf("rollout", "r"), claimOf("study", "tab-study")) };
    expect(orphansOf(journal, [aStudyEnrollment()])).toMatchObject([
      { owner: "rollout", slug: "r" },
    ]);
    expect(orphansOf(journal, [aRolloutEnrollment({ slug: "r" })])).toMatchObject([
      { owner: "study", slug: "tab-study" },
    ]);
  });

  test("has no owner in an enrolment that is over, or of the other kind", () => {
    const journal = { [after]: entry(claimOf("study", "tab-study")) };
    expect(orphansOf(journal, [aStudyEnrollment({ state: "ended" })])).toHaveLength(1);
    expect(orphansOf(journal, [aRolloutEnrollment({ slug: "tab-study" })])).toHaveLength(1);
    expect(orphansOf(journal, [aStudyEnrollment()])).toEqual([]);
  });

  test("leaves alone what the person had chosen before the study ended", () => {
    const mine = { value: true, branchType: "user", previous: null, overridden: true } as const;
    const ended = aStudyEnrollment({ state: "ended", preferences: { [after]: mine } });
    const journal = { [after]: entry({ ...claimOf("study", "tab-study"), branch: "user" }) };
    expect(orphansOf(journal, [ended])).toMatchObject([{ keepValue: true }]);
    const rollout = { [after]: entry(claimOf("rollout", "tab-study")) };
    expect(orphansOf(rollout, [ended])).toMatchObject([{ keepValue: false }]);
  });
});

describe("a start of the browser", () => {
  async function startedWith(
    enrollments: readonly Enrollment[],
    builtIn = { [after]: false, [fast]: false },
    isBrowserStart = true,
    prepare?: (bench: Awaited<ReturnType<typeof aBench>>) => void,
  ) {
    const bench = await aBench({ defaults: { [after]: false, [fast]: false }, enrollments });
    for (const one of enrollments)
      if ("preferences" in one)
        await apply(
          Object.entries(one.preferences).map(([name, { value }]) => ({
            do: "claim-preference" as const,
            name,
            slug: one.slug,
            branch: "default" as const,
            owner: one.kind === "preference-study" ? ("study" as const) : ("rollout" as const),
            value,
          })),
          bench,
        );
    bench.preferences.restart(builtIn);
    prepare?.(bench);
    bench.trace.length = 0;
    await resume(bench, nowMs, isBrowserStart, new Set(["grown-out"]));
    return bench;
  }

  test("changes nothing where all is well, however often", async () => {
    const bench = await startedWith([aStudyEnrollment(), aRolloutEnrollment()]);
    await resume(bench, nowMs, true);
    expect(bench.trace).toEqual([]);
    expect(bench.preferences.stateOf(after).default).toBe(true);
  });

  test("takes back the values of an update that was never recorded", async () => {
    const held = (value: number) => ({ [after]: { value, previous: 0 } });
    const bench = await aBench({
      defaults: { [after]: 0 },
      enrollments: [aRolloutEnrollment({ slug: "r", preferences: held(1) })],
    });
    const claim = { ...claimOf("rollout", "r"), do: "claim-preference", name: after } as const;
    await apply([{ ...claim, value: 2 }], bench);
    bench.preferences.restart({ [after]: 0 });
    await resume(bench, nowMs, true);
    expect(bench.preferences.stateOf(after).default).toBe(1);
    expect(await bench.preferences.journal()).toMatchObject({
      [after]: { base: { default: 0 }, claims: [{ slug: "r", value: 1 }] },
    });
    expect(bench.recorder.events).toEqual([]);
  });

  test("finds what the person changed meanwhile, and tells it as sideload", async () => {
    const bench = await startedWith([aStudyEnrollment()], undefined, true, ({ preferences }) => {
      preferences.setByPerson(after, false);
    });
    expect(bench.recorder.events).toMatchObject([
      { method: "expPrefChanged", extra: { reason: "sideload", preferenceName: after } },
    ]);
    expect(inBook(bench, aStudyEnrollment())).toMatchObject({
      state: "active",
      preferences: { [after]: { overridden: true } },
    });
  });

  test("looks for no changes when only the background page had stopped", async () => {
    const gone = anAddonEnrollment();
    const bench = await startedWith(
      [aStudyEnrollment(), gone, aRolloutEnrollment()],
      { [after]: false, [fast]: true },
      false,
      ({ preferences }) => {
        preferences.setByPerson(after, false);
      },
    );
    expect(bench.trace).toEqual([]);
  });

  test("undoes orphans even then", async () => {
    const bench = await startedWith([], undefined, false, ({ preferences }) => {
      void preferences.write([
        { name: after, default: true, journal: entry(claimOf("study", "tab-study")) },
      ]);
    });
    expect(bench.preferences.stateOf(after).default).toBe(false);
    expect(await bench.preferences.journal()).toEqual({});
  });

  test("lets a rollout graduate that the browser has caught up with", async () => {
    const bench = await startedWith([aRolloutEnrollment()], { [after]: false, [fast]: true });
    expect(inBook(bench, aRolloutEnrollment())).toEqual(
      aRolloutEnrollment({
        state: "graduated",
        endedAtMs: nowMs,
        endReason: "all-prefs-match",
        preferences: { [fast]: { value: true, previous: true } },
      }),
    );
    expect(await bench.preferences.journal()).toEqual({});
    expect(bench.recorder.events).toEqual([
      {
        method: "graduate",
        object: "preference_rollout",
        value: "fast-tabs",
        extra: { reason: "all-prefs-match", enrollmentId: keptId },
      },
    ]);
    expect(bench.trace).toEqual([
      "store enrollments",
      "write test.tabs.fast",
      "event graduate",
      "recorder saved",
    ]);
  });

  test("lets one graduate that the build needs no longer, whatever its values", async () => {
    const rollout = aRolloutEnrollment({ slug: "grown-out" });
    const bench = await startedWith([rollout]);
    expect(inBook(bench, rollout)).toMatchObject({
      state: "graduated",
      endReason: "in-graduation-set",
    });
    expect(bench.preferences.stateOf(fast).default).toBe(false);
    expect(bench.recorder.events).toMatchObject([
      { method: "graduate", value: "grown-out", extra: { reason: "in-graduation-set" } },
    ]);
  });

  test("does not while one of its preferences still differs", async () => {
    const two = {
      [fast]: { value: true, previous: false },
      [after]: { value: true, previous: false },
    };
    const rollout = aRolloutEnrollment({ preferences: two });
    const bench = await startedWith([rollout], { [after]: false, [fast]: true });
    // What is below it is today's.
    expect(inBook(bench, rollout)).toEqual({
      ...rollout,
      preferences: { ...two, [fast]: { value: true, previous: true } },
    });
    expect(bench.recorder.events).toEqual([]);
  });

  const ours = { isActive: true, isOurs: true, version: "1.0.0" };
  const { addon_id: id } = aPublishedAddon();

  test("takes an add-on rollout back that was half begun, and leaves the person's add-on there", async () => {
    for (const isOurs of [true, false]) {
      const half = anAddonRolloutEnrollment({ state: "installing" });
      const bench = await startedWith([half], undefined, true, ({ addons }) => {
        addons.installed.set(id, { ...ours, id, isOurs });
      });
      expect(bench.book.all()).toEqual([]);
      expect([...bench.addons.installed.keys()]).toEqual(isOurs ? [] : [id]);
      expect(bench.recorder.events).toEqual([]);
    }
    const half = anAddonRolloutEnrollment({ state: "installing" });
    expect((await startedWith([half], undefined, false)).book.all()).toEqual([half]);
  });

  test("asks for no add-on of a rollout that runs, and removes one again whose rollout is over", async () => {
    const runs = anAddonRolloutEnrollment();
    expect((await startedWith([runs])).trace).toEqual([]);
    const over = anAddonRolloutEnrollment({ state: "rolled-back" });
    const there = ({ addons }: Awaited<ReturnType<typeof aBench>>) => {
      addons.installed.set(id, { ...ours, id });
    };
    const bench = await startedWith([over], undefined, true, there);
    expect(bench.trace).toEqual([`uninstall ${id}`]);
    const shared = anAddonEnrollment();
    expect((await startedWith([over, shared], undefined, true, there)).trace).toEqual([]);
  });

  test("ends an add-on study whose add-on is gone", async () => {
    const bench = await startedWith([anAddonEnrollment()]);
    expect(inBook(bench, anAddonEnrollment())).toMatchObject({
      state: "ended",
      endReason: "uninstalled-sideload",
    });
    expect(bench.recorder.events).toMatchObject([
      { method: "unenroll", extra: { reason: "uninstalled-sideload" } },
    ]);
  });

  test.each([
    { what: "that has its add-on", one: anAddonEnrollment(), version: "1.0.0" },
    { what: "without an add-on", one: anAddonEnrollment({ addon: null }), version: undefined },
    {
      what: "that is half begun",
      one: anAddonEnrollment({ state: "installing" }),
      version: undefined,
    },
    { what: "that is over", one: anAddonEnrollment({ state: "ended" }), version: undefined },
  ])("leaves an add-on study $what as it is", async ({ one, version }) => {
    const bench = await startedWith([one], undefined, true, ({ addons }) => {
      const id = one.addon?.addon_id;
      if (version !== undefined && id !== undefined)
        addons.installed.set(id, { id, version, isActive: true });
    });
    expect(inBook(bench, one)).toEqual(one);
    expect(bench.trace).toEqual([]);
  });
});
