import { describe, expect, test } from "vitest";
import type { Enrollment } from "#core/enrollment.ts";
import { releasePreference } from "#core/journal.ts";
import { resume } from "#core/resume.ts";
import type { HeldValue } from "#core/preferences.ts";
import { aBench, inBook } from "#kit/bench.ts";
import {
  anAddonEnrollment,
  aRolloutEnrollment,
  aState,
  aStudyEnrollment,
  nowMs,
} from "#kit/situation.ts";

// An undo record that is damaged, or was undone while the extension was off: the enrolment's own
// memory of what was there takes its place.

const after = "test.tabs.after";
const held = (said: Partial<HeldValue>): HeldValue => ({
  branch: "user",
  value: "ours",
  previous: "mine",
  ...said,
});
const releaseWith = (state: Parameters<typeof aState>[0], said: Partial<HeldValue> = {}) =>
  releasePreference("p", undefined, aState(state), {
    owner: "study",
    slug: "s",
    keepUser: false,
    held: held(said),
  });

describe("a preference without its undo record", () => {
  test("gets back what the enrolment remembers, and what is left of the record goes", () => {
    expect(releaseWith({ user: "ours" })).toEqual({ name: "p", journal: null, user: "mine" });
    expect(releaseWith({ user: "ours" }, { previous: null })).toEqual({
      name: "p",
      journal: null,
      user: null,
    });
    const onDefault = { branch: "default", value: 30, previous: 50 } as const;
    expect(releaseWith({ default: 30 }, onDefault)).toEqual({
      name: "p",
      journal: null,
      default: 50,
    });
  });

  test("keeps what is not ours", () => {
    const nothing = { name: "p", journal: null };
    expect(releaseWith({ user: "theirs" })).toEqual(nothing);
    expect(releaseWith({ default: 50 }, { branch: "default", value: 30, previous: 40 })).toEqual(
      nothing,
    );
    expect(releaseWith({ default: 30 }, { branch: "default", value: 30, previous: null })).toEqual(
      nothing,
    );
  });
});

describe("at any start of the background page, an enrolment without its undo record", () => {
  test("ends, and its value goes", async () => {
    const study = aStudyEnrollment();
    const bench = await aBench({ defaults: { [after]: true }, enrollments: [study] });
    await resume(bench, nowMs, false);
    expect(inBook(bench, study)).toMatchObject({ state: "ended", endReason: "unknown" });
    expect(bench.preferences.stateOf(after).default).toBe(study.preferences[after]?.previous);
    expect(bench.recorder.events).toMatchObject([{ method: "unenroll" }]);
    bench.trace.length = 0;
    await resume(bench, nowMs, false);
    expect(bench.trace).toEqual([]);
  });

  test("goes on where the person's own value was there first, so that it never had one", async () => {
    const mine = { value: true, branchType: "default", previous: null, overridden: true } as const;
    const study = aStudyEnrollment({ preferences: { [after]: mine } });
    const bench = await aBench({ enrollments: [study] });
    await resume(bench, nowMs, false);
    expect(inBook(bench, study)).toMatchObject({ state: "active" });
  });

  test("of a rollout ends so that it may begin again", async () => {
    const rollout = aRolloutEnrollment();
    const bench = await aBench({ enrollments: [rollout] });
    await resume(bench, nowMs, false);
    expect(inBook(bench, rollout)).toMatchObject({ state: "opted-out", endReason: "unknown" });
  });
});

describe("at a start of the browser, the add-on of a study that is over", () => {
  const over = anAddonEnrollment({ state: "ended" });
  const id = over.addon?.addon_id ?? "";
  const startedWith = async (isOurs: boolean, enrollments: readonly Enrollment[] = [over]) => {
    const bench = await aBench({ enrollments });
    bench.addons.installed.set(id, { id, version: "1.0.0", isActive: true, isOurs });
    await resume(bench, nowMs, true);
    return bench.addons.installed.has(id);
  };

  test("is removed again: the kill came before Firefox had written down that it was", async () => {
    expect(await startedWith(true)).toBe(false);
  });

  test("is the person's when they installed it", async () => {
    expect(await startedWith(false)).toBe(true);
  });

  test("stays for another study that runs with it", async () => {
    expect(await startedWith(true, [over, anAddonEnrollment({ slug: "next" })])).toBe(true);
  });
});
