import { isObject, memberOf } from "#recipes/members.ts";
import { pointerTo } from "#recipes/pointer.ts";

/** One place at which two JSON values differ. */
export interface Difference {
  /** JSON Pointer. */
  readonly at: string;
  /** `undefined` where nothing was there. */
  readonly before: unknown;
  /** `undefined` where nothing is there any more. */
  readonly after: unknown;
}

type Path = readonly (string | number)[];

/** Every place at which one JSON value differs from another, as deep as both go, in the order of the first. */
export function differencesOf(
  before: unknown,
  after: unknown,
  path: Path = [],
): readonly Difference[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const [was, is]: readonly (readonly unknown[])[] = [before, after];
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differencesOf(was?.[index], is?.[index], [...path, index]),
    );
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      differencesOf(memberOf(before, name), memberOf(after, name), [...path, name]),
    );
  }
  return Object.is(before, after) ? [] : [{ at: pointerTo(path), before, after }];
}
