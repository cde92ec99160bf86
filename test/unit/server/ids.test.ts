import { expect, test } from "vitest";
import { freeIds } from "#server/authoring/ids.ts";

function first(count: number, used: readonly number[]): readonly number[] {
  const ids = freeIds(used);
  return Array.from({ length: count }, () => ids.next().value);
}

test("ids go on above the highest", () => {
  expect(first(3, [])).toEqual([1, 2, 3]);
  expect(first(2, [7, 3])).toEqual([8, 9]);
});

test("ids that nobody has are given once the highest of all is taken", () => {
  const highest = Number.MAX_SAFE_INTEGER;
  expect(first(3, [1, 3, highest - 1])).toEqual([highest, 2, 4]);
});
