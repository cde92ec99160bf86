import { canonicalAction } from "#recipes/aliases.ts";
import type { ActionName } from "#recipes/arguments.ts";
import {
  capabilitiesOfAction,
  missingCapabilities,
  missingForPreferences,
} from "#recipes/capabilities.ts";
import { compileFilter, type FilterContext } from "#recipes/filter.ts";
import { RecipeError } from "#recipes/errors.ts";
import { parseJson } from "#recipes/json.ts";
import { type ManifestEntry, wireLimits } from "#recipes/manifest.ts";
import { parseEnvelope, parseRecipe } from "#recipes/parse.ts";
import type { Recipe, RecipeEnvelope, Verified } from "#recipes/recipe.ts";
import type { Suitability } from "./action.ts";
import type { BodyOutcome } from "./bodies.ts";
import { mapVerified } from "./trust.ts";

/** A recipe as far as it could be read: the first check that fails says why it goes no further. */
export type Reading =
  | { readonly kind: "read"; readonly entry: ManifestEntry; readonly recipe: Verified<Recipe> }
  | {
      readonly kind: "refused";
      readonly entry: ManifestEntry;
      /** The action that the manifest names, where it is one of ours. */
      readonly action: ActionName | undefined;
      readonly suitability: Exclude<Suitability, "filter-match" | "filter-mismatch">;
      readonly reason: string;
    };

/**
 * Reads one body: signature, identity, capabilities, arguments, in this order. Nothing of a body is
 * looked at before its signature, and no argument before the recipe says what it takes to run it.
 */
export function readRecipe(
  entry: ManifestEntry,
  outcome: BodyOutcome | undefined,
  supported: ReadonlySet<string>,
): Reading {
  const action = canonicalAction(entry.act);
  const refuse = (
    suitability: Exclude<Suitability, "filter-match" | "filter-mismatch">,
    reason: string,
  ): Reading => ({ kind: "refused", entry, action, suitability, reason });

  if (outcome === undefined) return refuse("download-error", "missing");
  if (outcome.kind === "missing") return refuse("download-error", outcome.reason);
  if (outcome.kind === "mismatch") return refuse("signature-error", outcome.reason);

  let value: unknown;
  let envelope: RecipeEnvelope;
  try {
    value = parseJson(outcome.body.text, {
      maxDepth: wireLimits.jsonDepth,
      code: "recipe/malformed",
    });
    envelope = parseEnvelope(value);
  } catch (error) {
    return refuse("arguments-invalid", codeOf(error));
  }
  // A signed body under another's entry is as wrong as an unsigned one.
  if (!matches(envelope, entry)) return refuse("signature-error", "identity");

  const missing = missingCapabilities(
    capabilitiesOfAction({ action: envelope.action, capabilities: envelope.capabilities }),
    supported,
  );
  if (missing[0] !== undefined) return refuse("capabilities-mismatch", missing[0]);
  try {
    const recipe = mapVerified(outcome.body, () => parseRecipe(value));
    // The last capability shows in the arguments only: which preferences it wants, and where.
    const lacking = missingForPreferences(recipe, supported)[0];
    return lacking === undefined
      ? { kind: "read", entry, recipe }
      : refuse("capabilities-mismatch", lacking);
  } catch (error) {
    return refuse("arguments-invalid", codeOf(error));
  }
}

/**
 * Asks the filter.
 *
 * @returns `filter-error` with the code for a filter that cannot be parsed or evaluated
 */
export async function judgeFilter(
  recipe: Recipe,
  context: FilterContext,
): Promise<{ readonly suitability: Suitability; readonly reason?: string }> {
  if (recipe.filter_expression === "") return { suitability: "filter-match" };
  try {
    const answer = compileFilter(recipe.filter_expression).evaluate(context);
    const matched: unknown = answer instanceof Promise ? await answer : answer;
    return matched ? { suitability: "filter-match" } : { suitability: "filter-mismatch" };
  } catch (error) {
    return { suitability: "filter-error", reason: codeOf(error) };
  }
}

function matches(envelope: RecipeEnvelope, entry: ManifestEntry): boolean {
  return (
    envelope.id === entry.id &&
    envelope.slug === entry.slug &&
    envelope.revision_id === entry.rev &&
    (canonicalAction(envelope.action) ?? envelope.action) ===
      (canonicalAction(entry.act) ?? entry.act)
  );
}

/** Only what a closed list holds may be told; anything else is a fault of ours and must surface. */
function codeOf(error: unknown): string {
  if (error instanceof RecipeError) return error.code;
  throw error;
}
