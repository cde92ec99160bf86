import type { PreferenceStudyEnrollment } from "./enrollment.ts";
import type { Plan } from "./plan.ts";
import type { PreferenceState } from "./preferences.ts";
import { told } from "./steps.ts";

/**
 * What the person changed under a running study: theirs from now on, the study goes on. It is told
 * once; of a value that stood there when the study began, once then and once when it changes.
 *
 * @param reason - `observer` while we watched, `sideload` while we did not
 * @param names - preferences that were just seen to change
 */
export function overrides(
  enrollment: PreferenceStudyEnrollment,
  states: ReadonlyMap<string, PreferenceState>,
  reason: "observer" | "sideload",
  names: readonly string[] = [],
): Plan {
  const changed = Object.entries(enrollment.preferences).filter(([name, preference]) => {
    const state = states.get(name);
    // A policy's lock hides what the person and the study have: it says nothing of either.
    if (state === undefined || (state.locked && state.isTakenOver !== true)) return false;
    const isNews =
      !preference.overridden || (preference.sinceEnrollment === true && names.includes(name));
    return isNews && (state.user ?? state.default) !== preference.value;
  });
  const over = Object.entries(enrollment.preferences).flatMap(
    ([name, { sinceEnrollment, ...preference }]) => {
      const isChanged = changed.some(([one]) => one === name);
      const isForgotten = reason === "sideload" && sinceEnrollment === true;
      return isChanged || isForgotten ? [[name, { ...preference, overridden: true }] as const] : [];
    },
  );
  if (over.length === 0) return [];
  return [
    {
      do: "save-enrollment",
      enrollment: {
        ...enrollment,
        preferences: { ...enrollment.preferences, ...Object.fromEntries(over) },
      },
    },
    ...changed.map(([preferenceName]) =>
      told("expPrefChanged", "preference_study", enrollment.slug, {
        preferenceName,
        reason,
        enrollmentId: enrollment.enrollmentId,
      }),
    ),
  ];
}
