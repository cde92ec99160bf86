import type { Action } from "#core/action.ts";
import { refused, unmatched } from "#core/decisions.ts";
import { rollBack, rolloutOf } from "#core/rollout.ts";
import { told } from "#core/steps.ts";

/** Takes a rollout back: the preferences are as they were, and the rollout is over until it says something new. */
export const preferenceRollback: Action<"preference-rollback"> = {
  group: "rollout",
  needs: () => ({}),

  decide(sighting, situation) {
    if (sighting.suitability !== "filter-match") return unmatched(sighting.suitability);
    const { rolloutSlug } = sighting.recipe.arguments;
    const rollout = rolloutOf("preference-rollout", rolloutSlug, situation);
    // The browser itself has its values by now: there is nothing to take back.
    const reason = situation.graduationSet.has(rolloutSlug)
      ? "in-graduation-set"
      : rollout?.state === "graduated"
        ? "graduated"
        : undefined;
    if (reason === undefined) return rollBack(rollout, situation.nowMs);
    const id = rollout === undefined ? {} : { enrollmentId: rollout.enrollmentId };
    return refused(reason, [
      told("unenrollFailed", "preference_rollback", rolloutSlug, { reason, ...id }),
    ]);
  },
};
