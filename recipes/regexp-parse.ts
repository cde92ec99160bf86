// Reads a JavaScript regular expression into a tree that `regexp-match.ts` walks under a budget.
// What one character matches (classes, escapes, case) is left to the browser's own RegExp, asked
// about that one character, so that it is always the browser's own answer.

export type RegExpNode =
  | { readonly type: "character"; readonly matches: (character: string) => boolean }
  | { readonly type: "assertion"; readonly kind: "start" | "end" | "word" | "not-word" }
  | { readonly type: "group"; readonly index: number | undefined; readonly body: RegExpNode }
  | { readonly type: "sequence"; readonly parts: readonly RegExpNode[] }
  | { readonly type: "choice"; readonly parts: readonly RegExpNode[] }
  | {
      readonly type: "repeat";
      readonly body: RegExpNode;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
      /** Captures inside, first and one past the last: each round forgets them. */
      readonly captures: readonly [from: number, to: number];
    };

export interface ParsedRegExp {
  readonly root: RegExpNode;
  /** Capturing groups, the whole match (0) included. */
  readonly groups: number;
  readonly names: readonly { readonly name: string; readonly index: number }[];
}

interface Reader {
  readonly source: string;
  readonly flags: string;
  readonly unicode: boolean;
  readonly names: { name: string; index: number }[];
  at: number;
  groups: number;
}

const quantifierPattern = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\?)?/uy;
const namePattern = /\(\?<([^>=!][^>]*)>/uy;
const classPattern = /\[(?:[^\]\\]|\\[^])*\]/y;
const escapePattern = /\\(?:[dDwWsStnvfr]|0(?!\d)|c[A-Za-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/y;
const unicodeEscapePattern =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u\{[0-9a-fA-F]+\}|[pP]\{[^}]*\})/y;

/**
 * Reads an expression that the browser itself has accepted.
 *
 * @throws RangeError for what is refused: references to groups, look-around, modifiers in a group,
 *   octal escapes, and the flags `v` and `d`
 */
export function parseRegExp({ source, flags }: RegExp): ParsedRegExp {
  if (/[vd]/u.test(flags)) throw new RangeError("the flags v and d are not supported in filters");
  const reader: Reader = {
    source,
    flags: flags.replace(/[gmy]/gu, ""),
    unicode: flags.includes("u"),
    names: [],
    at: 0,
    groups: 1,
  };
  const root = readChoice(reader);
  return { root, groups: reader.groups, names: reader.names };
}

function readChoice(reader: Reader): RegExpNode {
  const parts = [readSequence(reader)];
  while (reader.source[reader.at] === "|") {
    reader.at++;
    parts.push(readSequence(reader));
  }
  return { type: "choice", parts };
}

function readSequence(reader: Reader): RegExpNode {
  const parts: RegExpNode[] = [];
  for (;;) {
    const next = reader.source[reader.at];
    if (next === undefined || next === "|" || next === ")") return { type: "sequence", parts };
    const firstCapture = reader.groups;
    const term = readTerm(reader, next);
    parts.push(term.type === "assertion" ? term : readQuantifier(reader, term, firstCapture));
  }
}

function readQuantifier(reader: Reader, body: RegExpNode, firstCapture: number): RegExpNode {
  const found = take(reader, quantifierPattern);
  if (found === undefined) return body;
  const [, sign, low, comma, high, lazy] = found;
  const [min, max] =
    sign === undefined
      ? [Number(low), comma === undefined ? Number(low) : high ? Number(high) : Infinity]
      : [sign === "+" ? 1 : 0, sign === "?" ? 1 : Infinity];
  const captures = [firstCapture, reader.groups] as const;
  return { type: "repeat", body, min, max, greedy: lazy === undefined, captures };
}

function readTerm(reader: Reader, next: string): RegExpNode {
  switch (next) {
    case "^":
    case "$":
      reader.at++;
      return { type: "assertion", kind: next === "^" ? "start" : "end" };
    case "(":
      return readGroup(reader);
    case "[":
      return fragment(reader, take(reader, classPattern)?.[0]);
    case "\\":
      return readEscape(reader);
    case ".":
      reader.at++;
      return fragment(reader, next);
    default:
      return readLiteral(reader);
  }
}

function readGroup(reader: Reader): RegExpNode {
  let index: number | undefined;
  const named = take(reader, namePattern);
  if (named?.[1] !== undefined) {
    index = reader.groups++;
    reader.names.push({ name: named[1], index });
  } else if (reader.source.startsWith("(?:", reader.at)) {
    reader.at += 3;
  } else if (reader.source.startsWith("(?", reader.at)) {
    throw new RangeError("look-around and modifiers are not supported in filters");
  } else {
    reader.at++;
    index = reader.groups++;
  }
  const body = readChoice(reader);
  reader.at++;
  return { type: "group", index, body };
}

function readEscape(reader: Reader): RegExpNode {
  const next = reader.source[reader.at + 1] ?? "";
  if (next === "b" || next === "B") {
    reader.at += 2;
    return { type: "assertion", kind: next === "b" ? "word" : "not-word" };
  }
  const special =
    (reader.unicode ? take(reader, unicodeEscapePattern) : undefined) ??
    take(reader, escapePattern);
  if (special !== undefined) return fragment(reader, special[0]);
  if (/[0-9kc]/u.test(next)) {
    throw new RangeError("references to groups and octal escapes are not supported in filters");
  }
  // What is left stands for itself: `\.`, and in the old syntax also `\x` or `\u` without digits.
  reader.at++;
  return readLiteral(reader);
}

function readLiteral(reader: Reader): RegExpNode {
  const { source, at, unicode, flags } = reader;
  const character = unicode ? String.fromCodePoint(source.codePointAt(at) ?? 0) : source.charAt(at);
  reader.at += character.length;
  if (!flags.includes("i")) {
    return { type: "character", matches: (candidate) => candidate === character };
  }
  return fragment(reader, character.replace(/[\^$\\.*+?()[\]{}|/]/gu, "\\$&"));
}

function fragment(reader: Reader, source: string | undefined): RegExpNode {
  if (source === undefined) throw new RangeError("this class is not supported in filters");
  const one = new RegExp(`^${source}$`, reader.flags);
  return { type: "character", matches: (candidate) => one.test(candidate) };
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.source) ?? undefined;
  if (found !== undefined) reader.at += found[0].length;
  return found;
}
