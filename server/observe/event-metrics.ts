import { normandyCategory, uptakeCategory } from "#telemetry/events.ts";
import { uptakeStatuses } from "#telemetry/uptake.ts";
import type { StoredEvent } from "../ingest/reader.ts";
import { eventMethods } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";

/** Counts what browsers say of recipes: which status, which event, never of which recipe. */
export function countEvent(
  metrics: Metrics,
  { category, method, object, value, extra }: StoredEvent,
): void {
  if (category === normandyCategory) {
    const known = eventMethods.find((name) => name === method);
    if (known !== undefined) metrics.incr("recipe.event", { method: known, object });
  }
  if (category === uptakeCategory) {
    const status = uptakeStatuses.find((name) => name === value);
    const part = partOf(extra?.["source"]);
    if (status !== undefined) metrics.incr("recipe.uptake", { part, status });
  }
}

function partOf(source = ""): "runner" | "action" | "recipe" {
  if (source.startsWith("normandy/recipe/")) return "recipe";
  return source.startsWith("normandy/action/") ? "action" : "runner";
}
