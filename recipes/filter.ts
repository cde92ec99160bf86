import grammar, { type GrammarElement } from "mozjexl/lib/grammar.js";
import Lexer from "mozjexl/lib/Lexer.js";
import Parser from "mozjexl/lib/parser/Parser.js";
import { RecipeError } from "./errors.ts";
import { evaluationUnits } from "./filter-budget.ts";
import { compileTree, everything, type Code } from "./filter-compile.ts";
import type { FilterContext } from "./filter-context.ts";
import { quickTree } from "./filter-parse.ts";
import { checkLength, checkTokens } from "./filter-scan.ts";
import { quickTokens } from "./filter-tokens.ts";
import type { FilterNode } from "./filter-tree.ts";
import { usesOf, type FilterUses } from "./filter-uses.ts";

export type { FilterContext, PreferenceFact } from "./filter-context.ts";

/** A filter that has been read once and can be evaluated for many clients. */
export interface CompiledFilter {
  readonly expression: string;
  /** Names that the filter spells out: for capabilities, and for fetching ahead. */
  readonly uses: FilterUses;
  /**
   * The value for one client, as Firefox's own evaluator gives it; a promise of it only when an
   * attribute or preference in it answered later.
   *
   * @throws RecipeError (or rejects with it) `filter/evaluation`, `filter/unknown-transform`,
   *   `filter/timeout`, `filter/too-costly`, `filter/forbidden`
   */
  evaluate(context: FilterContext): unknown;
}

/** Distinct filters kept compiled: more than a manifest can hold recipes. */
const maxCompiled = 2_048;
const compiled = new Map<string, CompiledFilter>();

// A plain object, as in Firefox: names that every object inherits (`constructor`) then start no
// valid token there, and none here.
const elements: Readonly<Record<string, GrammarElement>> = {
  ...grammar.elements,
  intersect: { type: "binaryOp", precedence: 40 },
};
/** mozjexl's lexer. */
export const filterLexer = new Lexer(elements);
const precedences = Object.fromEntries(
  Object.entries(elements).map(([sign, { precedence = 0 }]) => [sign, precedence]),
);

/**
 * Reads a filter; each distinct one once.
 *
 * The language is that of Firefox's `FilterExpressions`, with these differences: newlines are
 * kept, so that a comment (`#`) ends at its line; only own properties are seen; functions in the
 * context are never called; filters over the limits of `filter-scan.ts`, object literals with the
 * key `then` and searches that `regexp-match.ts` cannot bound are refused.
 *
 * @throws RecipeError `filter/too-large`, `filter/too-deep`, `filter/forbidden`, `filter/syntax`
 */
export function compileFilter(expression: string): CompiledFilter {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const tree = parseFilter(expression);
  const code = compileTree(tree);
  let uses: FilterUses | undefined;
  const fresh: CompiledFilter = {
    expression,
    get uses() {
      return (uses ??= usesOf(tree));
    },
    evaluate: (context) => run(code, context),
  };
  if (compiled.size >= maxCompiled) {
    for (const [oldest] of compiled) {
      compiled.delete(oldest);
      break;
    }
  }
  compiled.set(expression, fresh);
  return fresh;
}

/**
 * The syntax tree of a filter.
 *
 * @throws RecipeError `filter/too-large`, `filter/too-deep`, `filter/syntax`
 */
export function parseFilter(expression: string): FilterNode {
  checkLength(expression);
  const text = expression.replace(/[\t\r]/g, " ");
  const quick = quickTokens(text);
  if (quick !== undefined) {
    checkTokens(quick);
    const tree = quickTree(quick, precedences);
    if (tree !== undefined) return tree;
  }
  let tree: FilterNode | null;
  try {
    const tokens = filterLexer.tokenize(text);
    checkTokens(tokens);
    const parser = newFilterParser();
    parser.addTokens(tokens);
    tree = parser.complete();
  } catch (error) {
    if (error instanceof RecipeError) throw error;
    throw new RecipeError("filter/syntax", textOf(error), { cause: error });
  }
  if (tree === null) throw new RecipeError("filter/syntax", "the filter says nothing");
  return tree;
}

/** mozjexl's parser, before its first token. */
export function newFilterParser(): Parser {
  return new Parser(elements);
}

/** Evaluates code from the top; every error leaves as a `RecipeError`. */
export function run(code: Code, context: FilterContext): unknown {
  try {
    const value = code({ context, budget: { left: evaluationUnits }, element: everything });
    return value instanceof Promise ? value.catch(refuse) : value;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (error instanceof RecipeError) throw error;
  throw new RecipeError("filter/evaluation", textOf(error), { cause: error });
}

/** The parser's messages hold the filter up to the fault: a line of that is enough. */
function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
