import type { UnenrollReason } from "#telemetry/events.ts";
import { noAddonMarker } from "#telemetry/events.ts";
import type {
  AddonRolloutEnrollment,
  AddonStudyEnrollment,
  Enrollment,
  PreferenceRolloutEnrollment,
  PreferenceStudyEnrollment,
  RolloutEnrollment,
  StudyEnrollment,
} from "./enrollment.ts";
import { isLive, isStudy } from "./enrollment.ts";
import type { Plan, Step } from "./plan.ts";
import { told } from "./steps.ts";
import type { AddonReason } from "./study-messages.ts";

/**
 * Everything that ending an enrolment takes: the browser as it was, the record closed, one event.
 *
 * @returns an empty plan when the enrolment is not live
 */
export function leave(
  enrollment: Enrollment,
  reason: UnenrollReason | AddonReason,
  nowMs: number,
): Plan {
  if (!isLive(enrollment)) return [];
  const saved: Step = {
    do: "save-enrollment",
    enrollment: isStudy(enrollment)
      ? endedStudy(enrollment, reason, nowMs)
      : endedRollout(enrollment, reason, nowMs),
  };
  switch (enrollment.kind) {
    case "preference-study":
      return leavePreferenceStudy(enrollment, saved, reason);
    case "preference-rollout":
      return leavePreferenceRollout(enrollment, saved, reason);
    case "addon-study":
      return leaveAddonStudy(enrollment, saved, reason);
    case "addon-rollout":
      return leaveAddonRollout(enrollment, saved, reason);
  }
}

function endedStudy(
  { temporaryErrorDays: _over, ...record }: StudyEnrollment,
  reason: string,
  nowMs: number,
): Enrollment {
  return { ...record, state: "ended", endedAtMs: nowMs, endReason: reason };
}

function endedRollout(enrollment: RolloutEnrollment, reason: string, nowMs: number): Enrollment {
  const state = reason === "rollback" ? "rolled-back" : "opted-out";
  return { ...enrollment, state, endedAtMs: nowMs, endReason: reason };
}

function leavePreferenceStudy(
  enrollment: PreferenceStudyEnrollment,
  saved: Step,
  reason: UnenrollReason | AddonReason,
): Plan {
  const { slug, branch, enrollmentId } = enrollment;
  const releases = Object.keys(enrollment.preferences).map(
    (name) =>
      ({
        do: "release-preference",
        name,
        owner: "study",
        slug,
        keepValue: isPersons(enrollment, name),
      }) as const,
  );
  const didResetValue = String(!releases.some(({ keepValue }) => keepValue));
  return [
    // The record goes first: a crash after this line leaves undo records that nobody stands behind,
    // which the next start undoes, never a study that runs without its values.
    saved,
    ...releases,
    told("unenroll", "preference_study", slug, { didResetValue, branch, reason, enrollmentId }),
  ];
}

/** What the person chose stays when the study goes, even where it equals the study's value. */
export function isPersons(study: PreferenceStudyEnrollment, name: string): boolean {
  const held = Object.hasOwn(study.preferences, name) ? study.preferences[name] : undefined;
  return held !== undefined && held.overridden && held.branchType === "user";
}

function leavePreferenceRollout(
  { slug, enrollmentId, preferences }: PreferenceRolloutEnrollment,
  saved: Step,
  reason: UnenrollReason | AddonReason,
): Plan {
  return [
    saved,
    ...releaseAll(slug, Object.keys(preferences)),
    told("unenroll", "preference_rollback", slug, { reason, enrollmentId }),
  ];
}

/** Ends a rollout's claims on these preferences. */
export function releaseAll(slug: string, names: readonly string[]): Plan {
  return names.map((name) => ({
    do: "release-preference",
    name,
    owner: "rollout",
    slug,
  }));
}

function leaveAddonStudy(
  { slug, addon, branch, enrollmentId }: AddonStudyEnrollment,
  saved: Step,
  reason: UnenrollReason | AddonReason,
): Plan {
  return [
    // The add-on goes first: a crash after this line leaves a record to close, never an add-on that nobody owns.
    ...(addon === null
      ? []
      : ([
          { do: "tell-addon", id: addon.addon_id, notice: { tell: "unenroll", reason } },
          { do: "uninstall-addon", id: addon.addon_id },
        ] as const)),
    saved,
    told("unenroll", "addon_study", slug, {
      addonId: addon?.addon_id ?? noAddonMarker,
      addonVersion: addon?.version ?? noAddonMarker,
      branch,
      reason,
      enrollmentId,
    }),
  ];
}

function leaveAddonRollout(
  { slug, addon, enrollmentId }: AddonRolloutEnrollment,
  saved: Step,
  reason: UnenrollReason | AddonReason,
): Plan {
  const otherwise = [told("unenrollFailed", "addon_rollback", slug, { enrollmentId })];
  return [
    { do: "uninstall-addon", id: addon.addon_id, otherwise },
    saved,
    told("unenroll", "addon_rollback", slug, { reason, enrollmentId }),
  ];
}
