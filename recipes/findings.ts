import type * as v from "valibot";
import { RecipeError, type RecipeErrorCode } from "./errors.ts";
import { pointerTo } from "./pointer.ts";

type Issue = v.BaseIssue<unknown>;
type Path = readonly (string | number)[];

/**
 * Turns what a schema complains of into findings, one for each place, pointers counted from `base`. Messages name what
 * was expected and never what was found: they travel to places where a value must not. The schema's own complaint is the
 * cause, for who may tell the author more.
 */
export function toFindings(
  issues: readonly Issue[],
  {
    base = [],
    codeOf = codeOfIssue,
  }: { readonly base?: Path; readonly codeOf?: (issue: Issue) => RecipeErrorCode } = {},
): readonly RecipeError[] {
  const findings = new Map<string, RecipeError>();
  for (const issue of issues) {
    const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
    const at = pointerTo([...base, ...path]);
    // A text that is empty and therefore fits no pattern either is one mistake.
    if (!findings.has(at)) {
      findings.set(at, new RecipeError(codeOf(issue), sentenceOf(issue), { at, cause: issue }));
    }
  }
  return [...findings.values()];
}

/** A number with a fraction where an integer belongs is of the wrong type, not out of range. */
function codeOfIssue(issue: Issue): RecipeErrorCode {
  if (issue.received === "undefined") return "recipe/missing";
  if (issue.kind === "validation") {
    return issue.type === "safe_integer" ? "recipe/wrong-type" : "recipe/out-of-range";
  }
  const isOneOfOthers = issue.type === "picklist" && typeof issue.input === "string";
  return isOneOfOthers ? "recipe/out-of-range" : "recipe/wrong-type";
}

function sentenceOf(issue: Issue): string {
  if (issue.received === "undefined") return "a required member is missing";
  if (issue.type === "safe_integer") return "expected an integer";
  return `expected ${issue.expected ?? "something else"}`;
}
