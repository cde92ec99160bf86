import type messages from "../_locales/en/messages.json";

/** The name of one message of `extension/_locales/<language>/messages.json`. */
export type WordKey = keyof typeof messages;

/** Says a message in the person's language; `$1` to `$9` in it are the substitutions. */
export type Words = (key: WordKey, ...substitutions: readonly string[]) => string;

/** The name that a message's forms have in common: `runs` of `runs_one` and `runs_other`. */
export type CountedKey = {
  [K in WordKey]: K extends `${infer Name}_one`
    ? `${Name}_other` extends WordKey
      ? Name
      : never
    : never;
}[WordKey];

/**
 * Says a message in the form that a number takes in its language: `<name>_one`, `<name>_few`, …; what
 * a language does not have is `<name>_other`. `$1` is the number, what comes after it the rest.
 */
export function counted(
  words: Words,
  name: CountedKey,
  count: number,
  ...substitutions: readonly string[]
): string {
  const form = new Intl.PluralRules(words("language")).select(count);
  const say = (one: string): string =>
    // English alone is typed: another language may have forms that it lacks.
    words(`${name}_${one}` as WordKey, String(count), ...substitutions);
  const said = say(form);
  return said === "" ? say("other") : said;
}

/** Names in a row, as the language joins them. */
export function listed(words: Words, names: readonly string[]): string {
  return new Intl.ListFormat(words("language")).format(names);
}

/**
 * Says a message around nodes: `$1` is the place of the first, and so on. Text in backticks is code.
 *
 * @param make - what becomes of text in backticks
 */
export function phrase<N>(
  words: Words,
  key: WordKey,
  nodes: readonly N[],
  make: (code: string) => N,
): readonly (N | string)[] {
  const places = nodes.map((_, index) => String.fromCharCode(firstPlace + index));
  return words(key, ...places)
    .split(pieces)
    .filter((piece) => piece !== "")
    .map((piece) => {
      const node = piece.length === 1 ? nodes[piece.charCodeAt(0) - firstPlace] : undefined;
      if (node !== undefined) return node;
      return piece.startsWith("`") ? make(piece.slice(1, -1)) : piece;
    });
}

/** Marks of places: characters that Unicode leaves to private use, and no message has. */
const firstPlace = 0xe000;
const pieces = /([\ue000-\ue009]|`[^`]+`)/u;
