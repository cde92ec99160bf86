import { describe, expect, test } from "vitest";
import { preferenceStudy } from "#actions/preference-study.ts";
import { aPreferenceStudy, aStudyPreference } from "#kit/recipes.ts";
import {
  aMatch,
  aRolloutEnrollment,
  aSituation,
  aState,
  aStudyEnrollment,
  defaults,
  freshId,
  nowMs,
} from "#kit/situation.ts";

const after = "test.tabs.after";
const recipe = aPreferenceStudy();
const decide = (situation = {}, of = recipe) =>
  preferenceStudy.decide(aMatch(of), aSituation(situation));
test("looks at the preferences of all branches", () => {
  const branches = [
    { slug: "a", ratio: 1, preferences: { one: aStudyPreference(1) } },
    { slug: "b", ratio: 1, preferences: { two: aStudyPreference(2) } },
  ];
  expect(preferenceStudy.needs(aPreferenceStudy({ arguments: { branches } }))).toEqual({
    preferences: ["one", "two"],
  });
});

describe("a client that matches", () => {
  test("gets its branch: values first, the record next, what is told last", () => {
    const preferences = defaults({ [after]: false });
    expect(decide({ preferences })).toEqual({
      status: "success",
      reason: "enrolled",
      plan: [
        {
          do: "claim-preference",
          name: after,
          owner: "study",
          slug: "tab-study",
          branch: "default",
          value: true,
        },
        {
          do: "save-enrollment",
          enrollment: {
            kind: "preference-study",
            slug: "tab-study",
            recipeId: 1,
            revision: "1",
            state: "active",
            branch: "treatment",
            enrollmentId: freshId,
            enrolledAtMs: nowMs,
            filter: "",
            lastSeenMs: nowMs,
            userFacingName: "Tab study",
            userFacingDescription: "Tries another place for new tabs.",
            experimentType: "exp",
            preferences: {
              [after]: { value: true, branchType: "default", previous: false, overridden: false },
            },
          },
        },
        {
          do: "record-event",
          event: {
            method: "enroll",
            object: "preference_study",
            value: "tab-study",
            extra: { experimentType: "exp", branch: "treatment", enrollmentId: freshId },
          },
        },
      ],
    });
  });

  test("in a study for very many is told so", () => {
    const popular = aPreferenceStudy({ arguments: { isHighPopulation: true } });
    const { plan } = decide({}, popular);
    expect(plan.at(-1)).toMatchObject({ event: { extra: { experimentType: "exp-highpop" } } });
    expect(plan[1]).toMatchObject({ enrollment: { experimentType: "exp-highpop" } });
  });

  test("of another id may get another branch, the same one every time", () => {
    const userId = "00000000-0000-4000-8000-000000000001";
    const { plan } = decide({ userId }, aPreferenceStudy({ arguments: { slug: "exp" } }));
    expect(plan[1]).toMatchObject({ enrollment: { branch: "control" } });
  });

  test("takes the branch that QA asks for, and is marked", () => {
    const { plan } = decide({ forcedBranches: { "tab-study": "control" } });
    expect(plan[1]).toMatchObject({ enrollment: { branch: "control", forced: true } });
    expect(plan[2]).toMatchObject({ event: { extra: { branch: "control", forced: "true" } } });
  });

  test("takes its own branch when QA asks for one that is none", () => {
    const { plan } = decide({ forcedBranches: { "tab-study": "nonsense" } });
    expect(plan[1]).toMatchObject({ enrollment: { branch: "treatment" } });
    expect(plan[1]).not.toMatchObject({ enrollment: { forced: true } });
    const inherited = aPreferenceStudy({ arguments: { slug: "constructor" } });
    expect(decide({ forcedBranches: {} }, inherited).reason).toBe("enrolled");
  });

  test("writes to the user branch even over the person's value, and remembers it", () => {
    const branches = [
      { slug: "only", ratio: 1, preferences: { [after]: aStudyPreference(true, "user") } },
    ];
    const preferences = new Map([[after, aState({ default: true, user: false })]]);
    const { plan } = decide({ preferences }, aPreferenceStudy({ arguments: { branches } }));
    expect(plan[0]).toMatchObject({ do: "claim-preference", branch: "user" });
    expect(plan[1]).toMatchObject({
      enrollment: {
        preferences: { [after]: { branchType: "user", previous: false, overridden: false } },
      },
    });
  });

  test("leaves a default that the person has overridden for the next start, and tells that at enrolment", () => {
    const preferences = new Map([[after, aState({ default: false, user: false })]]);
    const { plan } = decide({ preferences });
    expect(plan.map((step) => step.do)).toEqual([
      "claim-preference",
      "save-enrollment",
      "record-event",
      "record-event",
    ]);
    expect(plan[0]).toMatchObject({ name: after, branch: "default", atNextStart: true });
    expect(plan[1]).toMatchObject({
      enrollment: {
        preferences: { [after]: { overridden: true, sinceEnrollment: true, previous: false } },
      },
    });
    expect(plan[3]).toEqual({
      do: "record-event",
      event: {
        method: "expPrefChanged",
        object: "preference_study",
        value: "tab-study",
        extra: { preferenceName: after, reason: "atEnroll", enrollmentId: freshId },
      },
    });
  });
});

describe("nobody is enrolled", () => {
  test("while enrolment is paused", () => {
    const paused = aPreferenceStudy({ arguments: { isEnrollmentPaused: true } });
    expect(decide({}, paused)).toEqual({ plan: [], status: "success", reason: "paused" });
  });

  test("when a branch, whichever, names a preference of another running study", () => {
    const branches = [
      { slug: "treatment", ratio: 1_000_000, preferences: { free: aStudyPreference(1) } },
      { slug: "rare", ratio: 1, preferences: { [after]: aStudyPreference(true) } },
    ];
    const other = aStudyEnrollment({ slug: "another" });
    const study = aPreferenceStudy({ arguments: { branches } });
    expect(decide({ enrollments: [other] }, study)).toEqual({
      plan: [],
      status: "apply_error",
      reason: "pref-conflict",
    });
    const over = aStudyEnrollment({ slug: "another", state: "ended" });
    expect(decide({ enrollments: [over] }, study).reason).toBe("enrolled");
    const rollout = aRolloutEnrollment({ preferences: { [after]: { value: 1, previous: 0 } } });
    expect(decide({ enrollments: [rollout] }, study).reason).toBe("enrolled");
  });

  const failed = (extra: { readonly reason: string }) => ({
    plan: [
      {
        do: "record-event",
        event: { method: "enrollFailed", object: "preference_study", value: "tab-study", extra },
      },
    ],
    status: "apply_error",
    reason: extra.reason,
  });

  test.each([
    {
      what: "is of another type",
      state: aState({ default: "text" }),
      extra: { reason: "invalid-type" },
    },
    {
      what: "is of another type where only the person has set it",
      state: aState({ user: 1 }),
      extra: { reason: "invalid-type" },
    },
    {
      what: "is locked",
      state: aState({ default: false, locked: true }),
      extra: { reason: "pref-locked", preferenceName: after },
    },
    {
      what: "is locked and of another type",
      state: aState({ default: 1, locked: true }),
      extra: { reason: "invalid-type" },
    },
  ])("when a preference of the branch $what", ({ state, extra }) => {
    expect(decide({ preferences: new Map([[after, state]]) })).toEqual(failed(extra));
  });

  const odd = (branch: string) => {
    const wrong = { ...aStudyPreference(true), preferenceBranchType: "locked" };
    return aPreferenceStudy({
      arguments: {
        branches: [
          { slug: "treatment", ratio: 1_000_000, preferences: { one: aStudyPreference(1) } },
          { slug: "rare", ratio: 1, preferences: {} },
        ].map((one) => (one.slug === branch ? { ...one, preferences: { [after]: wrong } } : one)),
      },
    });
  };

  test("on a preference branch that is none, which is told, before its type", () => {
    const preferences = new Map([[after, aState({ default: "text" })]]);
    expect(decide({ preferences }, odd("treatment"))).toEqual(
      failed({ reason: "invalid-branch", preferenceBranch: "locked" } as { reason: string }),
    );
    // Of what it does not get, nobody asks.
    expect(decide({}, odd("rare")).reason).toBe("enrolled");
  });

  test("any longer once some branch asks for a preference branch that is none", () => {
    const { plan, status, reason } = decide({ enrollments: [aStudyEnrollment()] }, odd("rare"));
    expect({ status, reason }).toEqual({ status: "content_error", reason: "arguments-invalid" });
    expect(plan[0]).toMatchObject({
      enrollment: { state: "ended", endReason: "arguments-invalid" },
    });
  });

  test("when a value is not of the type that the recipe gives it", () => {
    const wrong = { ...aStudyPreference(true), preferenceType: "string" as const };
    const branches = [{ slug: "only", ratio: 1, preferences: { [after]: wrong } }];
    expect(decide({}, aPreferenceStudy({ arguments: { branches } })).reason).toBe("invalid-type");
  });

  test("twice: once over, a study is over for this client", () => {
    const ended = aStudyEnrollment({ state: "ended" });
    expect(decide({ enrollments: [ended] })).toEqual({
      plan: [],
      status: "success",
      reason: "ended",
    });
  });
});

describe("who is enrolled and still matches", () => {
  test("stays as they are, whatever the recipe says by now", () => {
    const edited = aPreferenceStudy({
      revision_id: "2",
      arguments: { branches: [{ slug: "other", ratio: 1, preferences: {} }] },
    });
    expect(decide({ enrollments: [aStudyEnrollment()] }, edited)).toEqual({
      plan: [],
      status: "success",
      reason: "enrolled",
    });
  });

  test("has the days of a passing error forgotten", () => {
    const enrollment = aStudyEnrollment({ temporaryErrorDays: [1, 2] });
    expect(decide({ enrollments: [enrollment] }).plan).toEqual([
      { do: "save-enrollment", enrollment: aStudyEnrollment() },
    ]);
  });
});
