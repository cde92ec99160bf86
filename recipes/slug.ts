import { canonicalAction } from "./aliases.ts";
import { memberOf } from "./members.ts";

/**
 * The name of a recipe in events, pages and manifests: its own `slug`, else the one in its
 * arguments, else `recipe-<id>`.
 *
 * A rollback is never named after the rollout that it ends: the two are live side by side, and a
 * manifest, a kill list or a QA machine that names one of them must not hit the other.
 *
 * @param id - `undefined` for a draft
 * @returns `undefined` when only an id could tell
 */
export function slugOf(recipe: unknown, id: number | undefined): string | undefined {
  const given = memberOf(recipe, "slug");
  if (isName(given)) return given;
  return slugInArguments(recipe)?.slug ?? (id === undefined ? undefined : `recipe-${String(id)}`);
}

/** The name that the arguments give to the study, rollout or survey, and the member that holds it. */
export function slugInArguments(
  recipe: unknown,
): { readonly member: string; readonly slug: string } | undefined {
  const action = memberOf(recipe, "action");
  if (typeof action === "string" && isRollback(action)) return undefined;
  const members = ["slug", "surveyId"];
  // Only the add-on study that is older than branches is known by its name.
  if (action === "opt-out-study") members.unshift("name");
  for (const member of members) {
    const slug = memberOf(memberOf(recipe, "arguments"), member);
    if (isName(slug)) return { member, slug };
  }
  return undefined;
}

function isRollback(action: string): boolean {
  return (canonicalAction(action) ?? action).endsWith("-rollback");
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
