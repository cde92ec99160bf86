import type { Action } from "#core/action.ts";
import { unmatched } from "#core/decisions.ts";
import { rollBack, rolloutOf } from "#core/rollout.ts";

/** Takes an add-on rollout back: its add-on is removed, and the rollout is over until it brings another version. */
export const addonRollback: Action<"addon-rollback"> = {
  group: "rollout",
  needs: () => ({}),

  decide(sighting, situation) {
    if (sighting.suitability !== "filter-match") return unmatched(sighting.suitability);
    const { rolloutSlug } = sighting.recipe.arguments;
    return rollBack(rolloutOf("addon-rollout", rolloutSlug, situation), situation.nowMs);
  },
};
