import type { GraduationReason } from "#telemetry/events.ts";
import type { PreferenceRolloutEnrollment } from "./enrollment.ts";
import { releaseAll } from "./leave.ts";
import type { Plan } from "./plan.ts";
import type { Journal } from "./preferences.ts";
import { told } from "./steps.ts";

/**
 * What is below a rollout is what the browser is built with today. One is no longer needed when the
 * browser itself has its every value by default now, or when the build says so, because the preference
 * is gone or has become something that values cannot tell.
 */
export function rolloutAtStart(
  before: PreferenceRolloutEnrollment,
  journal: Journal,
  graduationSet: ReadonlySet<string>,
  nowMs: number,
): Plan {
  const rebased = Object.entries(before.preferences).map(([name, one]) => {
    const entry = Object.hasOwn(journal, name) ? journal[name] : undefined;
    return [name, entry === undefined ? one : { ...one, previous: entry.base.default }] as const;
  });
  const enrollment = { ...before, preferences: Object.fromEntries(rebased) };
  const reason: GraduationReason | undefined = rebased.every(
    ([, { value, previous }]) => value === previous,
  )
    ? "all-prefs-match"
    : graduationSet.has(before.slug)
      ? "in-graduation-set"
      : undefined;
  if (reason === undefined)
    return rebased.some(([name, { previous }]) => before.preferences[name]?.previous !== previous)
      ? [{ do: "save-enrollment", enrollment }]
      : [];
  const { slug, preferences, enrollmentId } = enrollment;
  return [
    // As in every ending: the record first, the undo records after it.
    {
      do: "save-enrollment",
      enrollment: { ...enrollment, state: "graduated", endedAtMs: nowMs, endReason: reason },
    },
    ...releaseAll(slug, Object.keys(preferences)),
    told("graduate", "preference_rollout", slug, { reason, enrollmentId }),
  ];
}
