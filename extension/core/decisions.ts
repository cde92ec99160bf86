import type { RecipeStatus } from "#telemetry/uptake.ts";
import type { Decision, Suitability } from "./action.ts";
import type { Plan } from "./plan.ts";

// The shapes that decisions come in.

type Mismatch = Exclude<Suitability, "filter-match">;

/** What a recipe reports when it did not come to its action. */
const statusOf = {
  "signature-error": "signature_error",
  "download-error": "download_error",
  "capabilities-mismatch": "backoff",
  "arguments-invalid": "content_error",
  "filter-error": "content_error",
  "filter-mismatch": "backoff",
} as const satisfies Readonly<Record<Mismatch, RecipeStatus>>;

/** All is well once the plan is carried out. */
export function done(reason: string, plan: Plan = []): Decision {
  return { plan, status: "success", reason };
}

/** The recipe fails; the plan tells of it. */
export function refused(reason: string, plan: Plan = []): Decision {
  return { plan, status: "apply_error", reason };
}

/** The recipe does not come to its action. */
export function unmatched(suitability: Mismatch, plan: Plan = []): Decision {
  return { plan, status: statusOf[suitability], reason: suitability };
}
