import type { RecipeOf } from "#recipes/recipe.ts";
import type { Action, Situation } from "#core/action.ts";
import { done, unmatched } from "#core/decisions.ts";

const dayMs = 86_400_000;

/** Asks the person one question, once in a while: no more than one a day over all recipes. */
export const showHeartbeat: Action<"show-heartbeat"> = {
  group: "survey",
  needs: () => ({}),

  decide(sighting, situation) {
    if (sighting.suitability !== "filter-match") return unmatched(sighting.suitability);
    const { recipe } = sighting;
    const obstacle = obstacleTo(recipe, situation);
    if (obstacle !== undefined) return done(obstacle);
    const { id, revision_id: surveyVersion, arguments: says } = recipe;
    const prompt = {
      recipeId: id,
      flowId: situation.newEnrollmentId(),
      surveyId: says.includeTelemetryUUID ? `${says.surveyId}::${situation.userId}` : says.surveyId,
      surveyVersion,
      shownMs: situation.nowMs,
      says,
      results: {},
    };
    // In this order: a crash in between costs one survey, and never asks a person twice.
    return done("shown", [{ do: "save-prompt", prompt }, { do: "open-prompt" }]);
  },
};

/** Why the person is not asked now. `xdays` counts from the last survey of any recipe, as Normandy does. */
function obstacleTo(
  { id, arguments: { repeatOption, repeatEvery } }: RecipeOf<"show-heartbeat">,
  { heartbeats: { prompt, seen }, nowMs }: Situation,
): string | undefined {
  const agoMs = nowMs - Math.max(...Object.values(seen).map(({ shownMs }) => shownMs));
  if (prompt !== undefined || agoMs < dayMs) return "throttled";
  const own = seen[id];
  switch (repeatOption) {
    case "once":
      return own === undefined ? undefined : "shown-before";
    case "nag":
      return own?.answeredMs === undefined ? undefined : "answered";
    case "xdays":
      return agoMs < (repeatEvery ?? 0) * dayMs ? "too-early" : undefined;
  }
}
