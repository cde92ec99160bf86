import { RecipeError } from "./errors.ts";

// Values as the filter language writes them. Its lexer knows few escapes, and no exponent.

/**
 * A text as a filter writes it.
 *
 * @throws RecipeError `filter/forbidden` for a text that the language has no way to write: two
 *   backslashes in a row, or one before a quote or at the end
 */
export function textLiteral(text: string): string {
  if (/\\(?:\\|["']|$)/u.test(text))
    throw new RecipeError(
      "filter/forbidden",
      "a filter cannot write a text in which a backslash stands at the end, or before another or a quote",
    );
  // A quote is written inside the other kind of quotes: the language's own escape fails before the closing one.
  const runs = text.match(/[^"]+|"+/gu) ?? [""];
  const written = runs.map((run) => (run.startsWith('"') ? `'${run}'` : `"${run}"`));
  return written.length === 1 ? (written[0] ?? "") : `(${written.join(" + ")})`;
}

/** Texts as a list. */
export function textList(texts: readonly string[]): string {
  return `[${texts.map(textLiteral).join(", ")}]`;
}

/**
 * A number as a filter writes it.
 *
 * @throws RecipeError `filter/forbidden` for one that needs more than twenty decimals
 */
export function numberLiteral(value: number): string {
  const size = Math.abs(value);
  const written = size.toFixed(20).replace(/\.?0+$/u, "");
  if (!/^\d+(?:\.\d+)?$/u.test(written) || Number(written) !== size)
    throw new RecipeError("filter/forbidden", `a filter cannot write the number ${String(value)}`);
  // A minus sign is part of a number in few places only.
  return value < 0 ? `(0 - ${written})` : written;
}
