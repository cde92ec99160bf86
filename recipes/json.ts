import { RecipeError, type RecipeErrorCode } from "./errors.ts";
import { wireLimits } from "./manifest.ts";
import { prototypeNames } from "./members.ts";
import { pointerTo } from "./pointer.ts";

/** Bounds of one JSON text. */
export interface JsonLimits {
  /** How deep arrays and objects may nest: 1 allows `[1]`, and not `[[1]]`. */
  readonly maxDepth: number;
  /** How many object members the whole text may hold. */
  readonly maxKeys?: number;
}

export type JsonProblem =
  "syntax" | "duplicate-key" | "forbidden-key" | "too-deep" | "too-many-keys";

/** What became of a JSON text; a refusal names the place as pointer and as offset in UTF-16 units. */
export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly problem: JsonProblem;
      readonly at: string;
      readonly offset: number;
    };

/**
 * Turns JSON text into a value, refusing what two readers could understand differently or what
 * could reach a prototype: duplicate keys, `__proto__`, `constructor`, `prototype`, and too deep nesting.
 * Without limits of its own it takes the wire's depth. It takes a string: bytes go through `decodeUtf8` first, or through a fatal decoder of the platform.
 *
 * @throws RecipeError with the caller's `code`, and a pointer to the offending place
 */
export function parseJson(
  text: string,
  {
    code = "recipe/malformed",
    maxDepth = wireLimits.jsonDepth,
    ...rest
  }: Partial<JsonLimits> & { readonly code?: RecipeErrorCode } = {},
): unknown {
  const reading = readJson(text, { maxDepth, ...rest });
  if (reading.ok) return reading.value;
  const place = placeOf(text, reading.offset);
  throw new RecipeError(code, `${sentences[reading.problem]} (${place})`, { at: reading.at });
}

/** As editors count, from 1. */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return `line ${String(line)}, column ${String(column)}`;
}

const sentences: Readonly<Record<JsonProblem, string>> = {
  syntax: "this is not JSON",
  "duplicate-key": "a key stands twice in one object",
  "forbidden-key": "a key names something of a prototype",
  "too-deep": "arrays and objects nest too deep",
  "too-many-keys": "the text holds too many keys",
};

/** As `parseJson`, with the refusal as a value, for callers that have error codes of their own. */
export function readJson(text: string, limits: JsonLimits): JsonReading {
  const refusal = scan(text, limits);
  if (refusal !== undefined) return refusal;
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, problem: "syntax", at: "", offset: offsetIn(error.message) };
  }
}

/** Engines tell the place in prose only; where they do not, the whole text is named. */
function offsetIn(message: string): number {
  const found = /position (\d+)/u.exec(message)?.[1];
  return found === undefined ? 0 : Number(found);
}

const quote = 0x22;
const backslash = 0x5c;

/** An object (with its keys so far) or an array that is open at the moment. */
interface Container {
  readonly keys: Set<string> | undefined;
  /** The key or index at which the scan stands. */
  step: string | number;
}

/**
 * Looks once over the text, in time linear in its length, before anything is built from it.
 * Grammar is left to `JSON.parse`: in a text that is not JSON this may name another problem, and refuses too.
 */
function scan(text: string, { maxDepth, maxKeys = Infinity }: JsonLimits): JsonReading | undefined {
  const open: Container[] = [];
  let expectsKey = false;
  let keys = 0;

  const refuse = (problem: JsonProblem, offset: number): JsonReading => ({
    ok: false,
    problem,
    at: pointerTo(open.map(({ step }) => step)),
    offset,
  });

  for (let index = 0; index < text.length; index += 1) {
    const top = open.at(-1);
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = endOfString(text, index);
        if (end === undefined) return refuse("syntax", index);
        if (expectsKey && top?.keys !== undefined) {
          const key = decodeKey(text.slice(index, end + 1));
          if (key === undefined) return refuse("syntax", index);
          top.step = key;
          if (prototypeNames.includes(key)) return refuse("forbidden-key", index);
          if (top.keys.has(key)) return refuse("duplicate-key", index);
          top.keys.add(key);
          keys += 1;
          if (keys > maxKeys) return refuse("too-many-keys", index);
          expectsKey = false;
        }
        index = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if (open.length >= maxDepth) return refuse("too-deep", index);
        expectsKey = text.charCodeAt(index) === 0x7b;
        open.push(expectsKey ? { keys: new Set(), step: "" } : { keys: undefined, step: 0 });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectsKey = false;
        break;
      case 0x2c: // ,
        if (typeof top?.step === "number") top.step += 1;
        else expectsKey = top !== undefined;
        break;
      default:
    }
  }
  return undefined;
}

/** Offset of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number | undefined {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? undefined : end;
}

/** Whether an odd number of backslashes stands before a quote inside a string. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === backslash) before -= 1;
  return (at - before) % 2 === 1;
}

/** A key as it reads once its escapes are resolved: `"\u005f_proto__"` is `__proto__`. */
function decodeKey(literal: string): string | undefined {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
