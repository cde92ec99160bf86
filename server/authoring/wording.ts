import type * as v from "valibot";
import { aliases } from "#recipes/aliases.ts";
import { actionNames } from "#recipes/arguments.ts";
import type { RecipeError } from "#recipes/errors.ts";
import { expectedBy } from "#recipes/forms.ts";
import { memberOf } from "#recipes/members.ts";
import { didYouMean } from "#recipes/nearest.ts";

/**
 * What is wrong with a recipe, for the person who wrote it: clients keep their sentences short and
 * free of what they found, while an author may be told what was written and what could have been.
 *
 * @param value - the file's content, as far as it could be read
 */
export function inAuthorsWords(error: RecipeError, value: unknown): string {
  if (error.code === "recipe/unknown-action") {
    const written = String(memberOf(value, "action"));
    const near = didYouMean(written, [...actionNames, ...Object.keys(aliases)]);
    return `no action is called ${JSON.stringify(written)}${near} (the actions are ${actionNames.join(", ")})`;
  }
  const issue = error.cause;
  if (!isIssue(issue) || issue.received === "undefined") return error.message;
  return `expected ${expectedBy(issue)}`;
}

function isIssue(cause: unknown): cause is v.BaseIssue<unknown> {
  return typeof cause === "object" && cause !== null && "kind" in cause && "expected" in cause;
}
