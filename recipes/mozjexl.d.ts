// The parts of mozjexl that `filter.ts` uses. The package brings no types of its own.

declare module "mozjexl/lib/Lexer.js" {
  import type { FilterToken } from "#recipes/filter-tree.ts";
  export default class Lexer {
    constructor(grammar: Readonly<Record<string, unknown>>);
    /** The texts that tokens are made of, blanks and comments included: together the expression. */
    getElements(expression: string): readonly string[];
    /** @throws Error for a character that starts no token */
    tokenize(expression: string): FilterToken[];
  }
}

declare module "mozjexl/lib/parser/Parser.js" {
  import type { FilterNode, FilterToken } from "#recipes/filter-tree.ts";
  export default class Parser {
    constructor(grammar: Readonly<Record<string, unknown>>);
    /** @throws Error when the token cannot follow */
    addToken(token: FilterToken): void;
    /** @throws Error at the first token that cannot follow */
    addTokens(tokens: readonly FilterToken[]): void;
    /** @throws Error when the expression ends too early; `null` when it holds nothing */
    complete(): FilterNode | null;
  }
}

declare module "mozjexl/lib/grammar.js" {
  export interface GrammarElement {
    readonly type: string;
    readonly precedence?: number;
  }
  const grammar: { readonly elements: Readonly<Record<string, GrammarElement>> };
  export default grammar;
}
