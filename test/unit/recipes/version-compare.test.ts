import { describe, expect, test } from "vitest";
import { versionCompare } from "#recipes/version-compare.ts";

// Expected orders were read off Firefox's own comparator; test/browser/filters.test.ts asks it again.
describe("the order of versions", () => {
  test("ascends from pre-releases over the number itself to its star", () => {
    const ascending = [
      "-1",
      "0",
      "0.9",
      "1.0a1",
      "1.0b2",
      "1.0b10",
      "1.0pre",
      "1.0",
      "1.0.1",
      "1.1a",
      "1.1",
      "1.*",
      "2",
      "153.0.1",
      "153.*",
      "*",
    ];
    for (const [index, version] of ascending.entries()) {
      for (const [otherIndex, other] of ascending.entries()) {
        const order = Math.sign(index - otherIndex);
        expect(versionCompare(version, other), `${version} and ${other}`).toBe(order);
      }
    }
  });

  test.each([
    ["", "0"],
    ["1", "1.0.0"],
    ["1.", "1"],
    ["1.+", "1.1pre"],
    ["+", "1pre"],
    [" 1", "+1"],
    ["1a", "1a0"],
    ["1.*", "1.2147483647"],
    ["2147483648", "0"],
    ["99999999999a", "0a"],
    ["Ā", ""],
    [null, undefined],
    [5, "5"],
    [["1"], "1"],
  ])("%j equals %j", (left, right) => {
    expect(versionCompare(left, right)).toBe(0);
    expect(versionCompare(right, left)).toBe(0);
  });

  test.each([
    ["1é", "1e"],
    ["1a1e", "1a1é"],
    ["1-", "1"],
    ["1.*a", "1"],
    ["2147483647+", "0"],
    ["-2147483648", "-2147483647"],
    [undefined, "1"],
  ])("%j stands before %j", (older, newer) => {
    expect(versionCompare(older, newer)).toBe(-1);
    expect(versionCompare(newer, older)).toBe(1);
  });
});
