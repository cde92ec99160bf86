import { describe, expect, test } from "vitest";
import { preferenceRollout } from "#actions/preference-rollout.ts";
import type { Situation } from "#core/action.ts";
import { aRollout } from "#kit/recipes.ts";
import {
  aMatch,
  aMiss,
  aRolloutEnrollment,
  aSituation,
  aState,
  aStudyEnrollment,
  defaults,
  freshId,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const fast = "test.tabs.fast";
const two = "test.two";
const decide = (situation: Partial<Situation> = {}, recipe = aRollout()) =>
  preferenceRollout.decide(aMatch(recipe), aSituation(situation));
const claim = (name: string, value: unknown) => ({
  do: "claim-preference",
  name,
  owner: "rollout",
  slug: "fast-tabs",
  branch: "default",
  value,
});

const missed = [
  { suitability: "signature-error", status: "signature_error" },
  { suitability: "download-error", status: "download_error" },
  { suitability: "capabilities-mismatch", status: "backoff" },
  { suitability: "arguments-invalid", status: "content_error" },
  { suitability: "filter-error", status: "content_error" },
  { suitability: "filter-mismatch", status: "backoff" },
] as const;
describe("a rollout", () => {
  test("looks at its own preferences", () => {
    expect(preferenceRollout.needs(aRollout())).toEqual({ preferences: [fast] });
  });

  test("gives its values, records what was below them, and tells", () => {
    expect(decide({ preferences: defaults({ [fast]: false }) })).toEqual({
      status: "success",
      reason: "enrolled",
      plan: [
        claim(fast, true),
        {
          do: "save-enrollment",
          enrollment: {
            kind: "preference-rollout",
            slug: "fast-tabs",
            recipeId: 1,
            revision: "1",
            state: "active",
            enrollmentId: freshId,
            enrolledAtMs: nowMs,
            filter: "",
            lastSeenMs: nowMs,
            preferences: { [fast]: { value: true, previous: false } },
          },
        },
        {
          do: "record-event",
          event: {
            method: "enroll",
            object: "preference_rollout",
            value: "fast-tabs",
            extra: { enrollmentId: freshId },
          },
        },
      ],
    });
  });

  test("takes a study's value on top for what it is", () => {
    const journal = {
      [fast]: {
        v: 1,
        base: { default: false, user: null },
        claims: [{ owner: "study", slug: "s", branch: "default", value: true }],
      },
    } as const;
    const { plan } = decide({ preferences: defaults({ [fast]: true }), journal });
    expect(plan[1]).toMatchObject({
      enrollment: { preferences: { [fast]: { previous: false } } },
    });
  });

  test("leaves the person's own value alone, and is not put off by it", () => {
    const preferences = new Map([[fast, aState({ default: false, user: true })]]);
    expect(decide({ preferences }).reason).toBe("enrolled");
  });

  test.each([
    {
      what: "would change nothing",
      situation: { preferences: defaults({ [fast]: true }) },
      extra: { reason: "would-be-no-op" },
    },
    {
      what: "finds another type",
      situation: { preferences: defaults({ [fast]: "yes" }) },
      extra: { reason: "invalid type", preference: fast },
    },
    {
      what: "finds the preference locked",
      situation: { preferences: new Map([[fast, aState({ default: false, locked: true })]]) },
      extra: { reason: "pref-locked", preference: fast },
    },
    {
      what: "finds the preference held by another rollout",
      situation: { enrollments: [aRolloutEnrollment({ slug: "another" })] },
      extra: { reason: "conflict", preference: fast },
    },
  ])("fails when it $what", ({ situation, extra }) => {
    expect(decide(situation)).toEqual({
      plan: [
        {
          do: "record-event",
          event: {
            method: "enrollFailed",
            object: "preference_rollout",
            value: "fast-tabs",
            extra,
          },
        },
      ],
      status: "apply_error",
      reason: extra.reason,
    });
  });

  test("minds neither a study on its preference nor a rollout that is over", () => {
    const study = aStudyEnrollment({
      preferences: { [fast]: { value: 1, branchType: "default", previous: 0, overridden: false } },
    });
    const over = aRolloutEnrollment({ slug: "another", state: "rolled-back" });
    expect(decide({ enrollments: [study, over] }).reason).toBe("enrolled");
  });

  test("that runs already does nothing", () => {
    expect(decide({ enrollments: [aRolloutEnrollment()] })).toEqual({
      plan: [],
      status: "success",
      reason: "active",
    });
  });

  test("that changed gives back what it lost, claims what is new, and keeps its ID", () => {
    const before = aRolloutEnrollment({
      preferences: {
        [fast]: { value: true, previous: false },
        [two]: { value: 1, previous: 0 },
        gone: { value: "x", previous: "y" },
      },
    });
    const recipe = aRollout({
      revision_id: "2",
      arguments: {
        preferences: [
          { preferenceName: fast, value: true },
          { preferenceName: two, value: 2 },
          { preferenceName: "new", value: "a" },
        ],
      },
    });
    const preferences = defaults({ [fast]: true, [two]: 1, new: "b" });
    expect(decide({ enrollments: [before], preferences }, recipe)).toEqual({
      status: "success",
      reason: "updated",
      plan: [
        { do: "release-preference", name: "gone", owner: "rollout", slug: "fast-tabs" },
        claim(two, 2),
        claim("new", "a"),
        {
          do: "save-enrollment",
          enrollment: {
            ...before,
            revision: "2",
            preferences: {
              [fast]: { value: true, previous: false },
              [two]: { value: 2, previous: 0 },
              new: { value: "a", previous: "b" },
            },
          },
        },
        {
          do: "record-event",
          event: {
            method: "update",
            object: "preference_rollout",
            value: "fast-tabs",
            extra: { previousState: "active", enrollmentId: keptId },
          },
        },
      ],
    });
  });

  test.each(["graduated", "rolled-back"] as const)(
    "that is %s stays so until it says something new, and then has a new ID",
    (state) => {
      const before = aRolloutEnrollment({ state, endedAtMs: 1, endReason: "over" });
      expect(decide({ enrollments: [before] })).toMatchObject({ plan: [], reason: state });
      const recipe = aRollout({ arguments: { preferences: both(true, 1) } });
      const { plan } = decide(
        { enrollments: [before], preferences: defaults({ [fast]: false, [two]: 0 }) },
        recipe,
      );
      // What it says as before is not written before the next start, over what was below it then.
      expect(plan).toEqual([
        { ...claim(fast, true), below: false, atNextStart: true },
        claim(two, 1),
        {
          do: "save-enrollment",
          enrollment: aRolloutEnrollment({
            enrollmentId: freshId,
            preferences: {
              [fast]: { value: true, previous: false },
              [two]: { value: 1, previous: 0 },
            },
          }),
        },
        {
          do: "record-event",
          event: expect.objectContaining({
            method: "update",
            extra: { previousState: state, enrollmentId: freshId },
          }) as unknown,
        },
      ]);
    },
  );

  test("that the build needs no longer is passed over, whatever became of it", () => {
    const graduationSet = new Set(["fast-tabs"]);
    const passedOver = { plan: [], status: "success", reason: "in-graduation-set" };
    expect(decide({ graduationSet, preferences: defaults({ [fast]: false }) })).toEqual(passedOver);
    const rival = aRolloutEnrollment({ slug: "another" });
    expect(decide({ graduationSet, enrollments: [rival] })).toEqual(passedOver);
  });

  test("that the person left stays left, whatever it says later", () => {
    const before = aRolloutEnrollment({ state: "opted-out", endReason: "individual-opt-out" });
    const recipe = aRollout({ arguments: { preferences: both(true, 1) } });
    expect(decide({ enrollments: [before] }, recipe)).toEqual({
      plan: [],
      status: "success",
      reason: "opted-out",
    });
  });

  test("that ended because all rollouts were off goes on when they are on again", () => {
    const before = aRolloutEnrollment({ state: "opted-out", endReason: "general-opt-out" });
    const preferences = defaults({ [fast]: false });
    const { plan, reason } = decide({ enrollments: [before], preferences });
    expect(reason).toBe("updated");
    expect(plan.map((step) => step.do)).toEqual([
      "claim-preference",
      "save-enrollment",
      "record-event",
    ]);
    expect(plan[2]).toMatchObject({
      event: { method: "update", extra: { previousState: "opted-out", enrollmentId: freshId } },
    });
  });

  test.each(missed)("is left as it is by $suitability", ({ suitability, status }) => {
    const situation = aSituation({ enrollments: [aRolloutEnrollment()] });
    expect(preferenceRollout.decide(aMiss(suitability, aRollout()), situation)).toEqual({
      plan: [],
      status,
      reason: suitability,
    });
  });
});

function both(one: boolean, other: number) {
  return [
    { preferenceName: fast, value: one },
    { preferenceName: two, value: other },
  ];
}
