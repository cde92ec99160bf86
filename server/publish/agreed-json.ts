import { pointerTo } from "#recipes/pointer.ts";
import { ServerError } from "../errors.ts";

// What Normandy's own clients verify is a signature over canonical JSON, which a client makes itself
// from what it was sent. Firefox's CanonicalJSON and the json.dumps of Normandy's server do not write
// every value alike, and recipes whose signatures therefore failed are part of Normandy's history: here
// both rules are spelt out, and only what they write alike is signed.

type Path = readonly (string | number)[];

/** How deep a value may nest. */
const maxDepth = 64;
const agreedKey = /^[A-Za-z0-9_.-]{1,128}$/u;

/** Where the two sets of rules part. */
interface Rules {
  readonly number: (value: number) => string;
  /** Less than zero where `a` comes first. */
  readonly order: (a: string, b: string) => number;
}

/** A value as Firefox's CanonicalJSON writes it. */
export function browserJson(value: unknown): string {
  return write(value, {
    number: (number) => (Object.is(number, -0) ? "-0" : JSON.stringify(number)),
    order: (a, b) => (a < b ? -1 : 1),
  });
}

/** A value as Python's `json.dumps(sort_keys=True, separators=(",", ":"))` writes it. */
export function pythonJson(value: unknown): string {
  return write(value, { number: pythonNumber, order: byCodePoint });
}

/**
 * The one text that both rules give.
 *
 * @throws ServerError `legacy/no-agreed-form` with a pointer to what they might write differently
 */
export function agreedJson(value: unknown): string {
  requireAgreed(value, []);
  const text = browserJson(value);
  if (text !== pythonJson(value))
    throw refusal("Firefox and Python write something in it differently", []);
  return text;
}

function requireAgreed(value: unknown, path: Path): void {
  switch (typeof value) {
    case "boolean":
      return;
    case "string":
      if (/\p{Surrogate}/u.test(value))
        throw refusal("the text has half of a surrogate pair", path);
      return;
    case "number":
      if (!isAgreedNumber(value))
        throw refusal(`Firefox and Python do not write ${String(value)} alike everywhere`, path);
      return;
    case "object":
      break;
    default:
      throw refusal(`JSON has no ${typeof value}`, path);
  }
  if (value === null) return;
  if (path.length >= maxDepth) throw refusal("the value nests too deep", path);
  for (const [key, item] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (!Array.isArray(value) && !agreedKey.test(key))
      throw refusal("a name may have 128 letters, digits, dots, hyphens and underscores", here);
    requireAgreed(item, here);
  }
}

/** Whole numbers that every reader holds exactly, and decimals that nobody writes with an exponent. */
function isAgreedNumber(value: number): boolean {
  if (Object.is(value, -0)) return false;
  if (Number.isInteger(value)) return Number.isSafeInteger(value);
  const size = Math.abs(value);
  return size >= 1e-5 && size < 1e15 && JSON.stringify(value) === pythonNumber(value);
}

function write(value: unknown, rules: Rules): string {
  if (typeof value === "number") return rules.number(value);
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, rules)).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => rules.order(a, b));
  return `{${members.map(([key, item]) => `${quoted(key)}:${write(item, rules)}`).join(",")}}`;
}

/** Both escape everything outside printable ASCII, in lower case. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An integer where it is one, else the shortest digits, with an exponent below 1e-4 and from 1e16 on. */
function pythonNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) {
    const plain = String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The order of whole characters, which is Python's. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const distance = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (distance !== 0) return distance;
  }
  return left.length - right.length;
}

function refusal(message: string, path: Path): ServerError {
  return new ServerError(
    "legacy/no-agreed-form",
    `${message}; Normandy's own clients, which this server signs for too, could not verify the recipe`,
    { at: pointerTo(path) },
  );
}
