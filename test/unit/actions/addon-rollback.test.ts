import { describe, expect, test } from "vitest";
import { addonRollback } from "#actions/addon-rollback.ts";
import type { Situation } from "#core/action.ts";
import { anAddonRollback, aPublishedAddon } from "#kit/recipes.ts";
import {
  aMatch,
  aMiss,
  anAddonRolloutEnrollment,
  aRolloutEnrollment,
  aSituation,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const rollBack = (...enrollments: Situation["enrollments"]) =>
  addonRollback.decide(aMatch(anAddonRollback()), aSituation({ enrollments }));

describe("a rollback of an add-on", () => {
  test.each(["active", "installing"] as const)("removes it from a rollout that is %s", (state) => {
    expect(addonRollback.needs(anAddonRollback())).toEqual({});
    expect(rollBack(anAddonRolloutEnrollment({ state }))).toEqual({
      status: "success",
      reason: "rolled-back",
      plan: [
        {
          do: "uninstall-addon",
          id: aPublishedAddon().addon_id,
          otherwise: [
            {
              do: "record-event",
              event: {
                method: "unenrollFailed",
                object: "addon_rollback",
                value: "quiet-reader",
                extra: { enrollmentId: keptId },
              },
            },
          ],
        },
        {
          do: "save-enrollment",
          enrollment: anAddonRolloutEnrollment({
            state: "rolled-back",
            endedAtMs: nowMs,
            endReason: "rollback",
          }),
        },
        {
          do: "record-event",
          event: {
            method: "unenroll",
            object: "addon_rollback",
            value: "quiet-reader",
            extra: { reason: "rollback", enrollmentId: keptId },
          },
        },
      ],
    });
  });

  test("of what never was, or was already, does nothing", () => {
    const nothing = (reason: string) => ({ plan: [], status: "success", reason });
    expect(rollBack()).toEqual(nothing("no-rollout"));
    expect(rollBack(aRolloutEnrollment({ slug: "quiet-reader" }))).toEqual(nothing("no-rollout"));
    expect(rollBack(anAddonRolloutEnrollment({ slug: "other" }))).toEqual(nothing("no-rollout"));
    for (const state of ["rolled-back", "opted-out"] as const)
      expect(rollBack(anAddonRolloutEnrollment({ state }))).toEqual(nothing("already-rolled-back"));
  });

  test.each([
    { suitability: "signature-error", status: "signature_error" },
    { suitability: "capabilities-mismatch", status: "backoff" },
    { suitability: "filter-mismatch", status: "backoff" },
  ] as const)("does nothing by $suitability", ({ suitability, status }) => {
    const situation = aSituation({ enrollments: [anAddonRolloutEnrollment()] });
    expect(addonRollback.decide(aMiss(suitability, anAddonRollback()), situation)).toEqual({
      plan: [],
      status,
      reason: suitability,
    });
  });
});
