import { describe, expect, test } from "vitest";
import { addonStudy } from "#actions/addon-study.ts";
import type { Situation } from "#core/action.ts";
import { anAddonStudy, aPublishedAddon } from "#kit/recipes.ts";
import {
  aMatch,
  aMiss,
  anAddonEnrollment,
  aSituation,
  aStudyEnrollment,
  freshId,
  installed,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const addon = aPublishedAddon();
const key = "addon-study/1";
const decide = (situation: Partial<Situation> = {}, recipe = anAddonStudy()) =>
  addonStudy.decide(aMatch(recipe), aSituation(situation));
const with_ = (published = addon) =>
  anAddonStudy({
    revision_id: "2",
    arguments: {
      branches: [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon: published }],
    },
  });
const forceControl = { forcedBranches: { "reader-study": "control" } };
test("looks at the add-ons of all branches", () => {
  expect(addonStudy.needs(anAddonStudy())).toEqual({ addons: [addon.addon_id] });
});

describe("a client that matches", () => {
  test("is recorded, gets the add-on, is recorded again, and that is told", () => {
    const enrollment = anAddonEnrollment({
      enrollmentId: freshId,
      enrolledAtMs: nowMs,
      filter: "",
      lastSeenMs: nowMs,
    });
    expect(decide()).toEqual({
      status: "success",
      reason: "enrolled",
      plan: [
        { do: "save-enrollment", enrollment: { ...enrollment, state: "installing" } },
        {
          do: "install-addon",
          addon,
          replace: false,
          otherwise: [
            { do: "forget-enrollment", key },
            {
              do: "record-event",
              event: {
                method: "enrollFailed",
                object: "addon_study",
                value: "reader-study",
                extra: { branch: "treatment" },
              },
            },
          ],
        },
        { do: "save-enrollment", enrollment },
        {
          do: "record-event",
          event: {
            method: "enroll",
            object: "addon_study",
            value: "reader-study",
            extra: {
              addonId: addon.addon_id,
              addonVersion: "1.0.0",
              branch: "treatment",
              enrollmentId: freshId,
            },
          },
        },
      ],
    });
  });

  test("in a branch without an add-on is recorded and told with a marker in its place", () => {
    const { plan } = decide(forceControl);
    expect(plan).toEqual([
      {
        do: "save-enrollment",
        enrollment: anAddonEnrollment({
          branch: "control",
          addon: null,
          forced: true,
          enrollmentId: freshId,
          enrolledAtMs: nowMs,
          filter: "",
          lastSeenMs: nowMs,
        }),
      },
      {
        do: "record-event",
        event: {
          method: "enroll",
          object: "addon_study",
          value: "reader-study",
          extra: {
            addonId: "__NO_ADDON__",
            addonVersion: "__NO_ADDON__",
            branch: "control",
            enrollmentId: freshId,
            forced: "true",
          },
        },
      },
    ]);
  });

  test("is not enrolled while enrolment is paused, unless it was amid it", () => {
    const paused = anAddonStudy({ arguments: { isEnrollmentPaused: true } });
    expect(decide({}, paused)).toEqual({ plan: [], status: "success", reason: "paused" });
    const interrupted = anAddonEnrollment({ state: "installing" });
    expect(decide({ enrollments: [interrupted] }, paused).reason).toBe("enrolled");
  });

  test.each([
    {
      what: "has an add-on of that id of its own",
      situation: { addons: installed() },
      recipe: anAddonStudy(),
      reason: "conflicting-addon-id",
    },
    {
      what: "is told of an add-on that the server did not write in",
      situation: {},
      recipe: anAddonStudy({
        arguments: { branches: [{ slug: "treatment", ratio: 1, extensionApiId: 1 }] },
      }),
      reason: "metadata-mismatch",
    },
  ])("is refused when it $what", ({ situation, recipe, reason }) => {
    expect(decide(situation, recipe)).toEqual({
      plan: [
        {
          do: "record-event",
          event: {
            method: "enrollFailed",
            object: "addon_study",
            value: "reader-study",
            extra: { reason, branch: "treatment" },
          },
        },
      ],
      status: "apply_error",
      reason,
    });
  });

  test("does not come back once it is over", () => {
    const ended = anAddonEnrollment({ state: "ended" });
    expect(decide({ enrollments: [ended] })).toEqual({
      plan: [],
      status: "success",
      reason: "ended",
    });
  });
});

describe("an enrolment that a kill interrupted", () => {
  const interrupted = anAddonEnrollment({ state: "installing" });

  test("is begun again under its ID, over what may be there already", () => {
    const { plan } = decide({ enrollments: [interrupted], addons: installed() });
    expect(plan[0]).toMatchObject({ enrollment: { state: "installing", enrollmentId: keptId } });
    expect(plan[1]).toMatchObject({ do: "install-addon", replace: true });
    expect(plan.map((step) => step.do)).not.toContain("uninstall-addon");
  });

  test("gives way, add-on and all, when another branch is what it gets now", () => {
    const { plan } = decide({ enrollments: [interrupted], addons: installed(), ...forceControl });
    expect(plan.slice(0, 2)).toEqual([
      { do: "uninstall-addon", id: addon.addon_id },
      { do: "forget-enrollment", key },
    ]);
    expect(plan[2]).toMatchObject({ enrollment: { branch: "control", state: "active" } });
  });

  test("gives way when it can no longer be begun", () => {
    const other = with_(aPublishedAddon({ addon_id: "other@mulberry.example" }));
    const theirs = new Map([
      ["other@mulberry.example", { id: "other@mulberry.example", version: "1", isActive: true }],
    ]);
    const { plan, status } = decide({ enrollments: [interrupted], addons: theirs }, other);
    expect(status).toBe("apply_error");
    expect(plan.slice(0, 2)).toEqual([
      { do: "uninstall-addon", id: addon.addon_id },
      { do: "forget-enrollment", key },
    ]);
    expect(plan[2]).toMatchObject({ event: { extra: { reason: "conflicting-addon-id" } } });
  });

  test("leaves when it matches no more", () => {
    const { plan } = addonStudy.decide(
      aMiss("filter-mismatch", anAddonStudy()),
      aSituation({ enrollments: [interrupted] }),
    );
    expect(plan[1]).toEqual({ do: "uninstall-addon", id: addon.addon_id });
  });
});

describe("who is enrolled and matches no more", () => {
  const miss = (enrollment = anAddonEnrollment()) =>
    addonStudy.decide(
      aMiss("filter-mismatch", anAddonStudy()),
      aSituation({ enrollments: [enrollment] }),
    );

  test("loses the add-on first, which is told before, then the study, and that is told", () => {
    expect(miss()).toEqual({
      status: "backoff",
      reason: "filter-mismatch",
      plan: [
        {
          do: "tell-addon",
          id: addon.addon_id,
          notice: { tell: "unenroll", reason: "filter-mismatch" },
        },
        { do: "uninstall-addon", id: addon.addon_id },
        {
          do: "save-enrollment",
          enrollment: anAddonEnrollment({
            state: "ended",
            endedAtMs: nowMs,
            endReason: "filter-mismatch",
          }),
        },
        {
          do: "record-event",
          event: {
            method: "unenroll",
            object: "addon_study",
            value: "reader-study",
            extra: {
              addonId: addon.addon_id,
              addonVersion: "1.0.0",
              branch: "treatment",
              reason: "filter-mismatch",
              enrollmentId: keptId,
            },
          },
        },
      ],
    });
  });

  test("without an add-on only leaves", () => {
    const { plan } = miss(anAddonEnrollment({ addon: null, temporaryErrorDays: [1] }));
    expect(plan.map((step) => step.do)).toEqual(["save-enrollment", "record-event"]);
    expect(plan[0]).not.toHaveProperty("enrollment.temporaryErrorDays");
    expect(plan[1]).toMatchObject({ event: { extra: { addonId: "__NO_ADDON__" } } });
  });

  test("is not confused with a preference study of the same slug", () => {
    const other = aStudyEnrollment({ slug: "reader-study" });
    const situation = aSituation({ enrollments: [other] });
    expect(addonStudy.decide(aMiss("filter-mismatch", anAddonStudy()), situation).plan).toEqual([]);
  });
});
