import { describe, expect, test } from "vitest";
import { enforceConsent, isAllowed } from "#core/consent.ts";
import { type Enrollment, isLive } from "#core/enrollment.ts";
import { leave } from "#core/leave.ts";
import { MemorySettings } from "#core/memory.ts";
import { aBench } from "#kit/bench.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
  nowMs,
} from "#kit/situation.ts";

const settings = (said = {}) => new MemorySettings(said).current;
const live: readonly Enrollment[] = [
  aStudyEnrollment({ preferences: {} }),
  anAddonEnrollment({ addon: null }),
  aRolloutEnrollment(),
  anAddonRolloutEnrollment(),
];

describe("consent", () => {
  test.each([
    { off: "studiesEnabled", ends: ["preference-study", "addon-study"] },
    { off: "rolloutsEnabled", ends: ["preference-rollout", "addon-rollout"] },
    { off: "enabled", ends: live.map(({ kind }) => kind) },
    { off: "telemetryEnabled", ends: [] },
  ])("with $off switched off ends $ends", async ({ off, ends }) => {
    const bench = await aBench({ enrollments: live });
    await enforceConsent(bench, settings({ [off]: false }), nowMs);
    const over = bench.book.all().filter(({ endReason }) => endReason === "general-opt-out");
    expect(over.map(({ kind }) => kind)).toEqual(ends);
    expect(bench.recorder.events.map(({ extra }) => "reason" in extra && extra.reason)).toEqual(
      ends.map(() => "general-opt-out"),
    );
  });

  test("asks each group of actions for its own switch", () => {
    const none = settings({ studiesEnabled: false, rolloutsEnabled: false });
    expect(isAllowed("other", none)).toBe(true);
    expect(isAllowed("study", none)).toBe(false);
    expect(isAllowed("rollout", none)).toBe(false);
    expect(isAllowed("study", settings({ rolloutsEnabled: false }))).toBe(true);
    expect(isAllowed("rollout", settings({ studiesEnabled: false }))).toBe(true);
    const off = settings({ enabled: false });
    for (const group of ["other", "study", "rollout"] as const)
      expect(isAllowed(group, off)).toBe(false);
  });
});

describe("leaving", () => {
  test("what is over already takes nothing", () => {
    for (const over of [
      aStudyEnrollment({ state: "ended" }),
      aRolloutEnrollment({ state: "graduated" }),
      aRolloutEnrollment({ state: "rolled-back" }),
      aRolloutEnrollment({ state: "opted-out" }),
      anAddonEnrollment({ state: "ended" }),
      anAddonRolloutEnrollment({ state: "rolled-back" }),
      anAddonRolloutEnrollment({ state: "opted-out" }),
    ])
      expect(leave(over, "unknown", nowMs)).toEqual([]);
  });

  test.each([aRolloutEnrollment(), anAddonRolloutEnrollment()])(
    "a rollout by the person's will marks it as left: $kind",
    (rollout) => {
      const saved = leave(rollout, "individual-opt-out", nowMs).find(
        (step) => step.do === "save-enrollment",
      );
      expect(saved).toMatchObject({
        enrollment: { state: "opted-out", endReason: "individual-opt-out", endedAtMs: nowMs },
      });
    },
  );

  test("whatever cannot be left does not keep the rest", async () => {
    const bench = await aBench({ enrollments: live });
    bench.addons.uninstall = () => Promise.reject(new Error("in use"));
    await enforceConsent(bench, settings({ enabled: false }), nowMs);
    expect(bench.book.all().filter(isLive)).toEqual([anAddonRolloutEnrollment()]);
    expect(bench.recorder.events.at(-1)).toMatchObject({
      method: "unenrollFailed",
      object: "addon_rollback",
      extra: { reason: "uninstall-failed" },
    });
    expect(bench.log).toMatchObject([{ level: "error", fields: { cause: "Error: in use" } }]);
  });
});
