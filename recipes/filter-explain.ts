import { RecipeError, type RecipeErrorCode } from "./errors.ts";
import { compileTree, type Code } from "./filter-compile.ts";
import type { FilterContext } from "./filter-context.ts";
import { type Flip, whatFlips } from "./filter-flip.ts";
import { printFilter } from "./filter-print.ts";
import { childrenOf, type FilterNode } from "./filter-tree.ts";
import { parseFilter, run } from "./filter.ts";

/** How one part of a filter came out. `skipped`: the branch of a choice that was not taken. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: { readonly code: RecipeErrorCode; readonly message: string } }
  | { readonly skipped: true };

/** One part of a filter, its whole text first, each part before the parts it is made of. */
export interface ExplainedPart {
  /** The part in one spelling: blanks and brackets may differ from what was written. */
  readonly text: string;
  readonly kind: PartKind;
  /** 0 for the whole filter. */
  readonly depth: number;
  readonly outcome: Outcome;
}

export type PartKind =
  "literal" | "name" | "operator" | "choice" | "selection" | "transform" | "list" | "object";

const kinds = {
  Literal: "literal",
  Identifier: "name",
  BinaryExpression: "operator",
  UnaryExpression: "operator",
  ConditionalExpression: "choice",
  FilterExpression: "selection",
  Transform: "transform",
  ArrayLiteral: "list",
  ObjectLiteral: "object",
} as const satisfies Readonly<Record<FilterNode["type"], PartKind>>;

/**
 * Evaluates a filter once and says of each part what it came to: why this client matches, or not.
 * Literals are left out, as are the parts of a `[.name …]`, which has a value per element.
 *
 * @returns the whole filter first; an error in a part is an outcome, not a rejection
 * @throws RecipeError (rejects) when the filter is refused before it is evaluated
 */
export async function explainFilter(
  expression: string,
  context: FilterContext,
): Promise<readonly ExplainedPart[]> {
  const { tree, outcomes } = await outcomesOf(expression, context);
  return list(tree, outcomes);
}

/** An explanation without the lists that hold literals alone, and what it would take for the filter to answer otherwise. */
export interface Inspected {
  readonly parts: readonly ExplainedPart[];
  /** By `whatFlips`. */
  readonly flips: readonly (readonly Flip[])[];
}

/**
 * As `explainFilter`, with the smallest sets of leaves that would turn the answer round.
 *
 * @throws RecipeError (rejects) when the filter is refused before it is evaluated
 */
export async function inspectFilter(
  expression: string,
  context: FilterContext,
): Promise<Inspected> {
  const { tree, outcomes } = await outcomesOf(expression, context);
  const flips = whatFlips(tree, (leaf) => {
    const outcome = outcomes.get(leaf);
    return outcome !== undefined && "value" in outcome ? Boolean(outcome.value) : undefined;
  });
  return { parts: list(tree, outcomes).filter(hasNews), flips };
}

/** A list of literals alone says what stands there anyway. */
function hasNews(
  { kind, depth }: ExplainedPart,
  index: number,
  parts: readonly ExplainedPart[],
): boolean {
  const isMadeOfParts = (parts[index + 1]?.depth ?? 0) > depth;
  return isMadeOfParts || (kind !== "list" && kind !== "object");
}

async function outcomesOf(
  expression: string,
  context: FilterContext,
): Promise<{ readonly tree: FilterNode; readonly outcomes: ReadonlyMap<FilterNode, Outcome> }> {
  const tree = parseFilter(expression);
  const outcomes = new Map<FilterNode, Outcome>();
  const code = compileTree(tree, (node, plain) => watched(node, plain, outcomes));
  try {
    await run(code, context);
  } catch (error) {
    // It is the outcome of the whole, and has been noted as such.
    if (!(error instanceof RecipeError)) throw error;
  }
  return { tree, outcomes };
}

function watched(node: FilterNode, code: Code, outcomes: Map<FilterNode, Outcome>): Code {
  const fail = (error: unknown): never => {
    const code = error instanceof RecipeError ? error.code : "filter/evaluation";
    const message = error instanceof Error ? error.message : String(error);
    outcomes.set(node, { error: { code, message } });
    throw error;
  };
  const note = (value: unknown) => {
    outcomes.set(node, { value });
    return value;
  };
  return (scope) => {
    try {
      const value = code(scope);
      return value instanceof Promise ? value.then(note, fail) : note(value);
    } catch (error) {
      return fail(error);
    }
  };
}

function list(
  tree: FilterNode,
  outcomes: ReadonlyMap<FilterNode, Outcome>,
): readonly ExplainedPart[] {
  const parts: ExplainedPart[] = [];
  function visit(node: FilterNode, depth: number): void {
    const outcome = outcomes.get(node) ?? { skipped: true };
    parts.push({ text: printFilter(node), kind: kinds[node.type], depth, outcome });
    const below =
      node.type === "FilterExpression" && node.relative ? [node.subject] : childrenOf(node);
    for (const child of below) {
      if (child && child.type !== "Literal" && !isNamespacePath(child)) visit(child, depth + 1);
    }
  }
  visit(tree, 0);
  return parts;
}

/** The bare `env` of `env.locale`: the path says it all. */
function isNamespacePath(node: FilterNode): boolean {
  return node.type === "Identifier" && node.from === undefined;
}
