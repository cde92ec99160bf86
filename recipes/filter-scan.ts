import { RecipeError } from "./errors.ts";
import type { FilterToken } from "./filter-tree.ts";

/**
 * How large a filter may be. Real ones stay far below; a parser that recurses takes seconds for
 * 8 KB of parentheses and all memory for 100 KB of question marks.
 */
export const filterLimits = {
  /** UTF-16 units. */
  characters: 8_192,
  /** Open brackets of any kind at one place. */
  depth: 32,
  ternaries: 32,
  tokens: 2_000,
} as const;

/** @throws RecipeError `filter/too-large`, before anything looks at the text */
export function checkLength(expression: string): void {
  if (expression.length <= filterLimits.characters) return;
  throw new RecipeError(
    "filter/too-large",
    `a filter has at most ${String(filterLimits.characters)} characters, this one ${String(expression.length)}`,
  );
}

/** @throws RecipeError `filter/too-large` or `filter/too-deep`, before the parser sees the tokens */
export function checkTokens(tokens: readonly FilterToken[]): void {
  if (tokens.length > filterLimits.tokens) {
    throw new RecipeError(
      "filter/too-large",
      `a filter has at most ${String(filterLimits.tokens)} tokens, this one ${String(tokens.length)}`,
    );
  }
  let depth = 0;
  let ternaries = 0;
  for (const { type } of tokens) {
    if (type === "openParen" || type === "openBracket" || type === "openCurl") depth++;
    else if (type === "closeParen" || type === "closeBracket" || type === "closeCurl") depth--;
    else if (type === "question") ternaries++;
    if (depth > filterLimits.depth) {
      throw new RecipeError(
        "filter/too-deep",
        `brackets stand at most ${String(filterLimits.depth)} deep`,
      );
    }
  }
  if (ternaries > filterLimits.ternaries) {
    throw new RecipeError(
      "filter/too-deep",
      `a filter has at most ${String(filterLimits.ternaries)} choices (a ? b : c), this one ${String(ternaries)}`,
    );
  }
}
