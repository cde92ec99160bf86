import { describe, expect, test } from "vitest";
import { differencesOf } from "#server/authoring/differences.ts";

describe("the differences of two texts", () => {
  test("are each place that changed, as deep as both go", () => {
    const before = { name: "a", arguments: { branches: [{ ratio: 1 }, { ratio: 2 }] }, same: [1] };
    const after = { name: "b", arguments: { branches: [{ ratio: 3 }] }, same: [1], "a/b": null };
    expect(differencesOf(before, after)).toEqual([
      { at: "/name", before: "a", after: "b" },
      { at: "/arguments/branches/0/ratio", before: 1, after: 3 },
      { at: "/arguments/branches/1", before: { ratio: 2 }, after: undefined },
      { at: "/a~1b", before: undefined, after: null },
    ]);
  });

  test.each<{ readonly before: unknown; readonly after: unknown }>([
    { before: [], after: {} },
    { before: null, after: {} },
    { before: 1, after: "1" },
    { before: undefined, after: { constructor: 1 } },
  ])("are the whole where one is of another kind: $before and $after", ({ before, after }) => {
    expect(differencesOf(before, after)).toEqual([{ at: "", before, after }]);
    expect(differencesOf(after, structuredClone(after))).toEqual([]);
  });

  test("know no member that is inherited", () => {
    expect(differencesOf({}, JSON.parse('{"toString": 1}'))).toEqual([
      { at: "/toString", before: undefined, after: 1 },
    ]);
  });
});
