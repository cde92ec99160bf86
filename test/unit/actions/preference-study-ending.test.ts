import { describe, expect, test } from "vitest";
import { preferenceStudy } from "#actions/preference-study.ts";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { aMiss, aSituation, aStudyEnrollment, dayMs, keptId, nowMs } from "#kit/situation.ts";

const after = "test.tabs.after";
const recipe = aPreferenceStudy();
describe("who is enrolled and matches no more", () => {
  const miss = (
    suitability: Parameters<typeof aMiss>[0],
    enrollment = aStudyEnrollment(),
    atMs = nowMs,
  ) =>
    preferenceStudy.decide(
      aMiss(suitability, recipe),
      aSituation({ enrollments: [enrollment], nowMs: atMs }),
    );

  test.each([
    { suitability: "filter-mismatch", reason: "filter-mismatch", status: "backoff" },
    { suitability: "capabilities-mismatch", reason: "capability-mismatch", status: "backoff" },
    { suitability: "arguments-invalid", reason: "arguments-invalid", status: "content_error" },
  ] as const)("by $suitability leaves at once", ({ suitability, reason, status }) => {
    expect(miss(suitability)).toEqual({
      status,
      reason: suitability,
      plan: [
        {
          do: "save-enrollment",
          enrollment: {
            ...aStudyEnrollment(),
            state: "ended",
            endedAtMs: nowMs,
            endReason: reason,
          },
        },
        {
          do: "release-preference",
          name: after,
          owner: "study",
          slug: "tab-study",
          keepValue: false,
        },
        {
          do: "record-event",
          event: {
            method: "unenroll",
            object: "preference_study",
            value: "tab-study",
            extra: { didResetValue: "true", branch: "treatment", reason, enrollmentId: keptId },
          },
        },
      ],
    });
  });

  test.each([
    { suitability: "signature-error", status: "signature_error" },
    { suitability: "filter-error", status: "content_error" },
  ] as const)("by $suitability has seven days on which a run failed", ({ suitability, status }) => {
    const day = (number: number) => number * dayMs + (nowMs % dayMs);
    let enrollment = aStudyEnrollment();
    // Whatever lies between them.
    const failed = [20_000, 20_001, 20_005, 20_040, 20_041, 20_300, 20_301];
    for (const [index, number] of failed.entries()) {
      const waiting = aStudyEnrollment({ temporaryErrorDays: failed.slice(0, index + 1) });
      expect(miss(suitability, enrollment, day(number))).toEqual({
        status,
        reason: suitability,
        plan: [{ do: "save-enrollment", enrollment: waiting }],
      });
      enrollment = waiting;
      // A second failure on that day uses nothing, nor does one on a day that has been counted.
      expect(miss(suitability, enrollment, day(number) + 1).plan).toEqual([]);
      expect(miss(suitability, enrollment, day(20_000)).plan).toEqual([]);
    }
    const { plan } = miss(suitability, enrollment, day(20_302));
    expect(plan[0]).toMatchObject({ enrollment: { state: "ended", endReason: suitability } });
    expect(plan[0]).not.toHaveProperty("enrollment.temporaryErrorDays");
  });

  test("because the body did not arrive keeps everything", () => {
    expect(miss("download-error")).toEqual({
      plan: [],
      status: "download_error",
      reason: "download-error",
    });
  });

  test("keeps what they changed themselves on the user branch, and that is told", () => {
    const preference = {
      value: true,
      branchType: "user",
      previous: null,
      overridden: true,
    } as const;
    const { plan } = miss(
      "filter-mismatch",
      aStudyEnrollment({ preferences: { [after]: preference } }),
    );
    expect(plan[1]).toMatchObject({ do: "release-preference", keepValue: true });
    expect(plan[2]).toMatchObject({ event: { extra: { didResetValue: "false" } } });
    const onDefault = { ...preference, branchType: "default" } as const;
    expect(
      miss("filter-mismatch", aStudyEnrollment({ preferences: { [after]: onDefault } })).plan[1],
    ).toMatchObject({ keepValue: false });
  });

  test("does nothing when the study is over or was never begun", () => {
    expect(miss("filter-mismatch", aStudyEnrollment({ state: "ended" })).plan).toEqual([]);
    expect(miss("filter-mismatch", aStudyEnrollment({ slug: "another" })).plan).toEqual([]);
  });
});
