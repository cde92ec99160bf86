import { textOf } from "./filter-operators.ts";

// Firefox's order of version numbers (nsIVersionComparator): parts between dots, each a number, a
// text, a number and a rest, compared in that order. `1.0pre < 1.0 = 1 < 1.1a < 1.1 < 1.*`.

/** The parts of one dotted part. A missing text (`undefined`) comes after every text that is there. */
interface VersionPart {
  readonly number: number;
  readonly text: string | undefined;
  readonly textNumber: number;
  readonly rest: string | undefined;
}

const int32Max = 2 ** 31 - 1;
const missing: VersionPart = { number: 0, text: undefined, textNumber: 0, rest: undefined };

/**
 * Compares two versions as Firefox does.
 *
 * Anything is taken: `null` and `undefined` are empty versions, other values their texts. As in
 * Firefox only the low byte of each character counts, up to the first that is 0; a number that 32
 * bits cannot hold counts as 0; a missing part equals `0`.
 *
 * @returns -1 when `left` is older, 1 when it is newer, 0 when they are equal
 */
export function versionCompare(left: unknown, right: unknown): -1 | 0 | 1 {
  const a = bytesOf(left);
  const b = bytesOf(right);
  if (a === b) return 0;

  let fromA = 0;
  let fromB = 0;
  while (fromA < a.length || fromB < b.length) {
    const endA = endOfPart(a, fromA);
    const endB = endOfPart(b, fromB);
    const order = compareParts(parsePart(a.slice(fromA, endA)), parsePart(b.slice(fromB, endB)));
    if (order !== 0) return order;
    fromA = endA + 1;
    fromB = endB + 1;
  }
  return 0;
}

function bytesOf(value: unknown): string {
  const text = value === null || value === undefined ? "" : textOf(value);
  // eslint-disable-next-line no-control-regex -- the text ends at a NUL, as a C string does
  if (/^[\x01-\x7f]*$/u.test(text)) return text;
  const end = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index) & 0xff);
  const zero = end.indexOf(0);
  return String.fromCharCode(...(zero === -1 ? end : end.slice(0, zero)));
}

function endOfPart(version: string, from: number): number {
  const dot = version.indexOf(".", from);
  return dot === -1 ? version.length : dot;
}

function parsePart(part: string): VersionPart {
  if (part === "") return missing;
  if (part === "*") return { ...missing, number: int32Max };
  const { value, end } = readNumber(part, 0);
  const text = part.slice(end);
  if (text === "") return { ...missing, number: value };
  // `1+` is what comes just before 2.
  if (text.startsWith("+")) return { ...missing, number: (value + 1) | 0, text: "pre" };

  const digits = text.search(/[0-9+-]/u);
  if (digits === -1) return { ...missing, number: value, text };
  const second = readNumber(text, digits);
  return {
    number: value,
    text: text.slice(0, digits),
    textNumber: second.value,
    rest: second.end === text.length ? undefined : text.slice(second.end),
  };
}

const numberPattern = /[ \t\n\v\f\r]*[+-]?[0-9]+/uy;

/** A decimal number as C reads it: blanks, a sign, digits; 0 and no progress where there is none. */
function readNumber(text: string, from: number): { readonly value: number; readonly end: number } {
  numberPattern.lastIndex = from;
  const found = numberPattern.exec(text);
  if (found === null) return { value: 0, end: from };
  const value = Number(found[0]);
  return { value: value === (value | 0) ? value | 0 : 0, end: from + found[0].length };
}

function compareParts(a: VersionPart, b: VersionPart): -1 | 0 | 1 {
  return (
    compareNumbers(a.number, b.number) ||
    compareTexts(a.text, b.text, signedByte) ||
    compareNumbers(a.textNumber, b.textNumber) ||
    compareTexts(a.rest, b.rest, unsignedByte)
  );
}

function compareNumbers(a: number, b: number): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Firefox compares the text as signed characters and the rest as unsigned ones: `é` stands before `e` in one, after it in the other. */
function compareTexts(
  a: string | undefined,
  b: string | undefined,
  byte: (code: number) => number,
): -1 | 0 | 1 {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compareNumbers(byte(a.charCodeAt(index)), byte(b.charCodeAt(index)));
    if (order !== 0) return order;
  }
  return compareNumbers(a.length, b.length);
}

function signedByte(code: number): number {
  return code > 127 ? code - 256 : code;
}

function unsignedByte(code: number): number {
  return code;
}
