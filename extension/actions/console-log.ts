import type { Action } from "#core/action.ts";
import { unmatched } from "#core/decisions.ts";

/** Writes a line to the extension's log: the smallest recipe that proves the way from server to browser. */
export const consoleLog: Action<"console-log"> = {
  group: "other",
  needs: () => ({}),
  decide: (sighting) =>
    sighting.suitability === "filter-match"
      ? {
          plan: [{ do: "log", message: sighting.recipe.arguments.message }],
          status: "success",
        }
      : unmatched(sighting.suitability),
};
