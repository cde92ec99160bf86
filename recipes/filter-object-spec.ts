import * as v from "valibot";
import { compileFilter } from "./filter.ts";
import { numberLiteral, textLiteral } from "./filter-text.ts";

// What the table of filter objects is made of.

/** What an object is compiled with. */
export interface ObjectContext {
  /** The recipe's own name, where it has one. */
  readonly slug: string | undefined;
  /** Compiles what is inside; the path counts from this object. */
  readonly inside: (value: unknown, path: readonly (string | number)[]) => string;
}

export interface FilterObjectSpec<S extends v.GenericSchema = v.GenericSchema> {
  readonly doc: string;
  /** Members beside `type`. */
  readonly shape: S;
  readonly example: Readonly<Record<string, unknown>>;
  /** Gives the expression without the parentheses around it. */
  compile(object: v.InferOutput<S>, context: ObjectContext): string;
}

/** One line of the table, its members typed by its shape. */
export function spec<S extends v.GenericSchema>(one: FilterObjectSpec<S>): FilterObjectSpec<S> {
  return one;
}

export const text = v.pipe(v.string(), v.minLength(1));
export const texts = v.pipe(v.array(text), v.minLength(1));
export const number = v.pipe(v.number(), v.finite());
export const atLeastZero = v.pipe(number, v.minValue(0));
export const aboveZero = v.pipe(number, v.gtValue(0));
export const version = v.pipe(text, v.regex(/^[\w.*+!-]+$/u));
export const subfilters = v.pipe(v.array(v.unknown()), v.minLength(1));
const namesNoDay = "expected a date, as 2026-02-01";
export const day = v.pipe(
  v.string(),
  v.check((date) => daysSince1970(date) !== undefined, namesNoDay),
);
export const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/u),
  v.check((date) => !Number.isNaN(Date.parse(date)), "expected a moment, as 2026-02-01T00:00:00Z"),
);

/** Parts of a filter as a list. @throws RecipeError `filter/*` for a part that is no filter by itself */
export function inputList(parts: readonly string[]): string {
  for (const part of parts) compileFilter(part);
  return `[${parts.join(", ")}]`;
}

/** The browser's version is the first or later, and earlier than the second. */
export function within(from: string, to: string): string {
  return `(env.version|versionCompare(${textLiteral(from)}) >= 0 && env.version|versionCompare(${textLiteral(to)}) < 0)`;
}

export function isSo(value: boolean, condition: string): string {
  return value ? condition : `!(${condition})`;
}

export function literal(value: string | number | boolean): string {
  if (typeof value === "string") return textLiteral(value);
  return typeof value === "number" ? numberLiteral(value) : String(value);
}

/** Versions that follow each other, as first and last. */
export function runsOf(versions: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const one of [...new Set(versions)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === one - 1) last[1] = one;
    else runs.push([one, one]);
  }
  return runs;
}

/** @returns `undefined` for what is no day of the calendar */
export function daysSince1970(date: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\d$/u.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  const isThere = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
  return isThere ? ms / 86_400_000 : undefined;
}
