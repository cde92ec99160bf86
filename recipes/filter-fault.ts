import type { RecipeError } from "./errors.ts";
import { filterLexer, newFilterParser } from "./filter.ts";

// Where a filter cannot be read, in words that its author understands. Browsers need no words for
// it, and this file is not part of the extension.

/** What people write from other languages, and how it is written here. */
const elsewhere: Readonly<Record<string, string>> = {
  "=": 'equality is written "=="',
  "&": '"and" is written "&&"',
  and: '"and" is written "&&"',
  or: '"or" is written "||"',
  not: '"not" is written "!"',
};
/** After these a minus belongs to the number behind it. */
const negatesAfter: readonly (string | undefined)[] = [
  "binaryOp",
  "unaryOp",
  "openParen",
  "openBracket",
  "question",
  "colon",
];
/** Of what was written, in characters: a sentence need not hold all of a long text. */
const shownCharacters = 40;

/**
 * The sentence that goes with a refused filter: for one that cannot be read, what is wrong and at
 * which character, counted from 1.
 */
export function filterRefusal(expression: string, error: RecipeError): string {
  return error.code === "filter/syntax" ? faultOf(expression) : error.message;
}

function faultOf(expression: string): string {
  const elements = placed(filterLexer.getElements(expression.replace(/[\t\r]/gu, " ")));
  const quote = elements.find(({ text }) => text === '"' || text === "'");
  if (quote !== undefined) return `the text that begins at ${place(quote.at)} has no closing quote`;
  const parser = newFilterParser();
  let before: string | undefined = "unaryOp";
  let sign: Element | undefined;
  for (const element of elements) {
    if (element.text === "-" && sign === undefined && negatesAfter.includes(before)) {
      sign = element;
      continue;
    }
    const { at } = sign ?? element;
    const text = (sign?.text ?? "") + element.text;
    try {
      for (const token of filterLexer.tokenize(text)) {
        parser.addToken(token);
        before = token.type;
      }
      sign = undefined;
    } catch {
      // The parser's own words hold the whole filter and no place.
      const hint = Object.hasOwn(elsewhere, text) ? `: ${elsewhere[text]}` : "";
      return `unexpected ${JSON.stringify(text.slice(0, shownCharacters))} at ${place(at)}${hint}`;
    }
  }
  return elements.length === 0
    ? "the filter says nothing"
    : `unexpected end at ${place(expression.trimEnd().length)}`;
}

interface Element {
  readonly text: string;
  /** Counted from 0. */
  readonly at: number;
}

/** What a filter is made of, with places; blanks and comments left out. */
function placed(texts: readonly string[]): readonly Element[] {
  let at = 0;
  const elements: Element[] = [];
  for (const text of texts) {
    if (text.trim() !== "" && !text.startsWith("#")) elements.push({ text, at });
    at += text.length;
  }
  return elements;
}

function place(at: number): string {
  return `character ${String(at + 1)}`;
}
