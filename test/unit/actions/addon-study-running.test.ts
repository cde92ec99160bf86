import { describe, expect, test } from "vitest";
import { addonStudy } from "#actions/addon-study.ts";
import type { Situation } from "#core/action.ts";
import { anAddonStudy, aPublishedAddon } from "#kit/recipes.ts";
import {
  aMatch,
  anAddonEnrollment,
  aSituation,
  dayMs,
  installed,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const addon = aPublishedAddon();
const decide = (situation: Partial<Situation> = {}, recipe = anAddonStudy()) =>
  addonStudy.decide(aMatch(recipe), aSituation(situation));
const with_ = (published = addon) =>
  anAddonStudy({
    revision_id: "2",
    arguments: {
      branches: [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon: published }],
    },
  });
describe("who is enrolled and still matches", () => {
  const enrollments = [anAddonEnrollment()];

  test("stays as they are while the version is the same", () => {
    const same = { plan: [], status: "success", reason: "enrolled" };
    expect(decide({ enrollments, addons: installed() })).toEqual(same);
    const control = anAddonEnrollment({ branch: "control", addon: null });
    expect(decide({ enrollments: [control] })).toEqual(same);
    // As versions go, and whatever the id: Normandy looks at the version first.
    const spelt = with_(aPublishedAddon({ version: "1.0", addon_id: "other@mulberry.example" }));
    expect(decide({ enrollments, addons: installed() }, spelt)).toEqual(same);
  });

  test("gets a newer version, keeps their ID, and that is told", () => {
    const newer = aPublishedAddon({ version: "1.10.0" });
    const updated = anAddonEnrollment({ addon: newer, revision: "2" });
    expect(decide({ enrollments, addons: installed() }, with_(newer))).toEqual({
      status: "success",
      reason: "updated",
      plan: [
        {
          do: "install-addon",
          addon: newer,
          replace: true,
          otherwise: [
            {
              do: "record-event",
              event: {
                method: "updateFailed",
                object: "addon_study",
                value: "reader-study",
                extra: { branch: "treatment", enrollmentId: keptId },
              },
            },
          ],
        },
        { do: "save-enrollment", enrollment: updated },
        {
          do: "record-event",
          event: {
            method: "update",
            object: "addon_study",
            value: "reader-study",
            extra: {
              addonId: addon.addon_id,
              addonVersion: "1.10.0",
              branch: "treatment",
              enrollmentId: keptId,
            },
          },
        },
      ],
    });
  });

  test("gets it while enrolment is paused too", () => {
    const newer = with_(aPublishedAddon({ version: "2.0" }));
    const paused = anAddonStudy({
      arguments: { ...newer.arguments, isEnrollmentPaused: true },
    });
    expect(decide({ enrollments, addons: installed() }, paused).reason).toBe("updated");
  });

  const broken = { temporaryErrorDays: [Math.floor(nowMs / dayMs) - 1] };
  test.each([
    {
      reason: "addon-id-mismatch",
      wanted: aPublishedAddon({ addon_id: "other@mulberry.example", version: "2" }),
      addons: installed(),
    },
    {
      reason: "no-downgrade",
      wanted: aPublishedAddon({ addon_id: "other@mulberry.example", version: "0.9" }),
      addons: installed(),
    },
    {
      reason: "addon-does-not-exist",
      wanted: aPublishedAddon({ version: "2" }),
      // The person's own in its place.
      addons: installed({ isOurs: false }),
    },
    {
      reason: "addon-does-not-exist",
      wanted: aPublishedAddon({ version: "2" }),
      addons: new Map(),
    },
    { reason: "no-downgrade", wanted: aPublishedAddon({ version: "0.9" }), addons: installed() },
  ])("cannot be updated by $reason, and that is told", ({ reason, wanted, addons }) => {
    const event = {
      do: "record-event",
      event: {
        method: "updateFailed",
        object: "addon_study",
        value: "reader-study",
        extra: { reason, branch: "treatment", enrollmentId: keptId },
      },
    };
    expect(decide({ enrollments, addons }, with_(wanted))).toEqual({
      plan: [event],
      status: "apply_error",
      reason,
    });
    // It matches, so a passing error is over, whatever else is wrong.
    const mended = { do: "save-enrollment", enrollment: anAddonEnrollment() };
    const enduring = [anAddonEnrollment(broken)];
    expect(decide({ enrollments: enduring, addons }, with_(wanted)).plan).toEqual([mended, event]);
  });

  test("in a branch with an add-on that lost it, or without one that got one, cannot be updated", () => {
    const control = anAddonEnrollment({ addon: null });
    expect(decide({ enrollments: [control] }, with_()).reason).toBe("addon-does-not-exist");
    const bare = anAddonStudy({
      arguments: { branches: [{ slug: "treatment", ratio: 1, extensionApiId: null }] },
    });
    expect(decide({ enrollments, addons: installed() }, bare).reason).toBe("addon-id-mismatch");
  });

  test("has the days of a passing error forgotten", () => {
    const mended = { do: "save-enrollment", enrollment: anAddonEnrollment() };
    const enduring = [anAddonEnrollment(broken)];
    expect(decide({ enrollments: enduring, addons: installed() }).plan).toEqual([mended]);
    const newer = with_(aPublishedAddon({ version: "2" }));
    expect(decide({ enrollments: enduring, addons: installed() }, newer).plan[0]).toEqual(mended);
  });

  test("leaves when their branch is gone", () => {
    const gone = anAddonStudy({
      arguments: { branches: [{ slug: "other", ratio: 1, extensionApiId: null }] },
    });
    expect(decide({ enrollments, addons: installed() }, gone)).toMatchObject({
      status: "success",
      reason: "branch-removed",
      plan: [
        { do: "tell-addon", notice: { reason: "branch-removed" } },
        { do: "uninstall-addon", id: addon.addon_id },
        { do: "save-enrollment", enrollment: { state: "ended", endReason: "branch-removed" } },
        { do: "record-event", event: { extra: { reason: "branch-removed" } } },
      ],
    });
  });
});
