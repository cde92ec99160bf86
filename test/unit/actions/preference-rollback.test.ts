import { describe, expect, test } from "vitest";
import { preferenceRollback } from "#actions/preference-rollback.ts";
import type { Situation } from "#core/action.ts";
import { aRollback } from "#kit/recipes.ts";
import {
  aMatch,
  aMiss,
  aRolloutEnrollment,
  aSituation,
  aStudyEnrollment,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const fast = "test.tabs.fast";

const missed = [
  { suitability: "signature-error", status: "signature_error" },
  { suitability: "download-error", status: "download_error" },
  { suitability: "capabilities-mismatch", status: "backoff" },
  { suitability: "arguments-invalid", status: "content_error" },
  { suitability: "filter-error", status: "content_error" },
  { suitability: "filter-mismatch", status: "backoff" },
] as const;

describe("a rollback", () => {
  const rollBack = (...enrollments: Situation["enrollments"]) =>
    preferenceRollback.decide(aMatch(aRollback()), aSituation({ enrollments }));

  test("gives back what the rollout changed", () => {
    expect(preferenceRollback.needs(aRollback())).toEqual({});
    expect(rollBack(aRolloutEnrollment())).toEqual({
      status: "success",
      reason: "rolled-back",
      plan: [
        {
          do: "save-enrollment",
          enrollment: aRolloutEnrollment({
            state: "rolled-back",
            endedAtMs: nowMs,
            endReason: "rollback",
          }),
        },
        { do: "release-preference", name: fast, owner: "rollout", slug: "fast-tabs" },
        {
          do: "record-event",
          event: {
            method: "unenroll",
            object: "preference_rollback",
            value: "fast-tabs",
            extra: { reason: "rollback", enrollmentId: keptId },
          },
        },
      ],
    });
  });

  test("of what never was, or was already, does nothing", () => {
    expect(rollBack()).toEqual({ plan: [], status: "success", reason: "no-rollout" });
    expect(rollBack(aStudyEnrollment({ slug: "fast-tabs" })).reason).toBe("no-rollout");
    expect(rollBack(aRolloutEnrollment({ slug: "another" })).reason).toBe("no-rollout");
    expect(rollBack(aRolloutEnrollment({ state: "rolled-back" }))).toEqual({
      plan: [],
      status: "success",
      reason: "already-rolled-back",
    });
  });

  test("of a rollout that graduated fails, and says so", () => {
    expect(rollBack(aRolloutEnrollment({ state: "graduated" }))).toEqual({
      plan: [
        {
          do: "record-event",
          event: {
            method: "unenrollFailed",
            object: "preference_rollback",
            value: "fast-tabs",
            extra: { reason: "graduated", enrollmentId: keptId },
          },
        },
      ],
      status: "apply_error",
      reason: "graduated",
    });
  });

  test.each([
    { what: "that runs", enrollments: [aRolloutEnrollment()], id: { enrollmentId: keptId } },
    { what: "that never was", enrollments: [], id: {} },
  ])("of a rollout $what fails once the build needs it no longer", ({ enrollments, id }) => {
    const graduationSet = new Set(["fast-tabs"]);
    const situation = aSituation({ enrollments, graduationSet });
    expect(preferenceRollback.decide(aMatch(aRollback()), situation)).toEqual({
      plan: [
        {
          do: "record-event",
          event: {
            method: "unenrollFailed",
            object: "preference_rollback",
            value: "fast-tabs",
            extra: { reason: "in-graduation-set", ...id },
          },
        },
      ],
      status: "apply_error",
      reason: "in-graduation-set",
    });
  });

  test.each(missed)("does nothing by $suitability", ({ suitability, status }) => {
    const situation = aSituation({ enrollments: [aRolloutEnrollment()] });
    expect(preferenceRollback.decide(aMiss(suitability, aRollback()), situation)).toEqual({
      plan: [],
      status,
      reason: suitability,
    });
  });
});
