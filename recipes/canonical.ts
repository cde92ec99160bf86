import { RecipeError } from "./errors.ts";
import { pointerTo } from "./pointer.ts";

/** How deep a value may nest; a recipe needs nine levels. */
const maxDepth = 64;

type Path = readonly (string | number)[];

/**
 * Writes a value as canonical JSON: keys sorted by UTF-16 unit, no spaces, everything outside
 * printable ASCII as lower-case `\uXXXX`. Equal values give equal bytes, on any machine.
 *
 * Mozilla's two canonicalisers (the browser's and the Normandy server's) disagree on floats, on
 * `-0`, on integers over 2^53 and on the order of some keys outside the BMP: such values are refused,
 * so that what is written here has the same signature for every reader.
 *
 * @throws RecipeError `recipe/malformed` with a pointer to the value that has no agreed form
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, path: Path): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
      return String(value);
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
      throw refusal("only safe integers have an agreed form, and -0 has none", path);
    case "object":
      return value === null ? "null" : writeContainer(value, path);
    default:
      throw refusal(`JSON has no ${typeof value}`, path);
  }
}

function writeContainer(container: object, path: Path): string {
  if (path.length >= maxDepth) throw refusal("the value nests too deep", path);
  if (Array.isArray(container)) {
    const items: readonly unknown[] = container;
    return `[${Array.from(items, (item, index) => write(item, [...path, index])).join(",")}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(container);
  if (prototype !== null && prototype !== Object.prototype) {
    throw refusal("only plain objects and arrays can be written", path);
  }
  const members = Object.entries(container).sort(([a], [b]) => (a < b ? -1 : 1));
  const keys = members.map(([key]) => key);
  if (keys.some((key, index) => index > 0 && byCodePoint(keys[index - 1] ?? "", key) > 0)) {
    throw refusal("these keys sort differently by code unit and by code point", path);
  }
  return `{${members.map(([key, item]) => `${quoted(key)}:${write(item, [...path, key])}`).join(",")}}`;
}

/** Less than zero when `a` comes first in the order that Python sorts by. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  for (const [index, point] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (point !== other) return point - other;
  }
  return left.length - right.length;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function refusal(message: string, path: Path): RecipeError {
  return new RecipeError("recipe/malformed", message, { at: pointerTo(path) });
}
