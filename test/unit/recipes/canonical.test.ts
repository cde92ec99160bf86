import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "#recipes/canonical.ts";
import { RecipeError } from "#recipes/errors.ts";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { anyCharacter } from "#kit/texts.ts";

describe("canonical JSON", () => {
  test("sorts keys, leaves no spaces and escapes all but printable ASCII in lower case", () => {
    const value = { b: [1, null, true], a: { ü: '€ \u007f\n"\\/', Z: -5 }, "": "😀" };

    expect(canonicalJson(value)).toBe(
      '{"":"\\ud83d\\ude00","a":{"Z":-5,"\\u00fc":"\\u20ac \\u007f\\n\\"\\\\/"},"b":[1,null,true]}',
    );
  });

  test("says the same whatever order the keys were written in", () => {
    const recipe = aPreferenceStudy();
    const reversed = Object.fromEntries(Object.entries(recipe).reverse());

    expect(canonicalJson(reversed)).toBe(canonicalJson(recipe));
  });

  test("reads back as the value, and is the same when written again", () => {
    fc.assert(
      fc.property(integers, (value) => {
        const written = attempt(value);
        fc.pre(typeof written === "string");

        expect(JSON.parse(written)).toEqual(value);
        expect(canonicalJson(JSON.parse(written))).toBe(written);
        expect(written).toMatch(/^[ -~]*$/u);
      }),
    );
  });

  test.each([
    { what: "a fraction", value: { a: [1.5] }, at: "/a/0" },
    { what: "an integer over 2^53", value: { n: 2 ** 53 }, at: "/n" },
    { what: "minus zero", value: [-0], at: "/0" },
    { what: "NaN", value: NaN, at: "" },
    { what: "undefined", value: { "a/b": undefined }, at: "/a~1b" },
    { what: "a date", value: { at: new Date(0) }, at: "/at" },
    { what: "a bigint", value: [1n], at: "/0" },
    {
      what: "keys that Python would sort otherwise",
      value: { x: { "\uffff": 1, "😀": 2 } },
      at: "/x",
    },
  ])("refuses $what, for which there is no agreed form", ({ value, at }) => {
    expect(() => canonicalJson(value)).toThrow(
      expect.objectContaining({ code: "recipe/malformed", at }),
    );
  });

  test("refuses what nests too deep instead of running out of stack", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];

    expect(attempt(deep)).toBeInstanceOf(RecipeError);
  });
});

/** Most fractions and some key orders have no agreed form, so values are made mostly of what has. */
const integers = fc
  .jsonValue({ stringUnit: anyCharacter, maxDepth: 3 })
  .map((value): unknown =>
    JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
      typeof item === "number" ? Math.trunc(item % 2 ** 53) + 0 : item,
    ),
  );

function attempt(value: unknown): unknown {
  try {
    return canonicalJson(value);
  } catch (error) {
    return error;
  }
}
