import { execFileSync } from "node:child_process";
import { describe, expect, test, type TestContext } from "vitest";
import { someValues } from "#kit/agreed.ts";
import { agreedJson, browserJson, pythonJson } from "#server/publish/agreed-json.ts";

describe("the two canonical forms", () => {
  test.each([
    { what: "a decimal below 1e-4", value: 0.000012, browser: "0.000012", python: "1.2e-05" },
    { what: "a decimal below 1e-6", value: 1e-7, browser: "1e-7", python: "1e-07" },
    { what: "a number from 1e16 on", value: 1e16, browser: "10000000000000000", python: "1e+16" },
    { what: "zero below zero", value: -0, browser: "-0", python: "0" },
    {
      what: "names outside the first plane",
      value: { "\u{1f600}": 1, "\uffee": 2 },
      browser: String.raw`{"\ud83d\ude00":1,"\uffee":2}`,
      python: String.raw`{"\uffee":2,"\ud83d\ude00":1}`,
    },
  ])("differ in $what, which is refused", ({ value, browser, python }) => {
    expect(browserJson(value)).toBe(browser);
    expect(pythonJson(value)).toBe(python);
    expect(() => agreedJson(value)).toThrow(
      expect.objectContaining({ code: "legacy/no-agreed-form" }),
    );
  });

  test.each([
    { what: "a number too large", value: 2 ** 53, at: "" },
    { what: "no number", value: NaN, at: "" },
    { what: "no JSON", value: { a: [undefined] }, at: "/a/0" },
    { what: "zero below zero", value: { a: { b: [1, -0] } }, at: "/a/b/1" },
    { what: "a small decimal", value: [1e-5], at: "/0" },
    { what: "a large decimal", value: [1e15 + 0.5], at: "/0" },
    { what: "half of a pair", value: { a: "\ud800" }, at: "/a" },
    { what: "a name with a blank", value: { "a b": 1 }, at: "/a b" },
    { what: "a name with a slash", value: { "a/b": 1 }, at: "/a~1b" },
    { what: "a name that is empty", value: { a: { "": 1 } }, at: "/a/" },
    { what: "a name that is long", value: { ["x".repeat(129)]: 1 }, at: `/${"x".repeat(129)}` },
  ])("are refused with the place of $what", ({ value, at }) => {
    expect(() => agreedJson(value)).toThrow(
      expect.objectContaining({ code: "legacy/no-agreed-form", at }),
    );
  });

  test("are one for a recipe", () => {
    const recipe = {
      b: 0.25,
      a: ["é\u007f\n\"\\/'`", "\u{1f600}"],
      "x.y-z_0": { n: null, t: true },
    };
    expect(agreedJson(recipe)).toBe(
      String.raw`{"a":["\u00e9\u007f\n\"\\/'${"`"}","\ud83d\ude00"],"b":0.25,"x.y-z_0":{"n":null,"t":true}}`,
    );
  });

  test("are what Python itself writes, over 3,000 values of the subset and of its edges", (context) => {
    const values = [
      ...someValues(3_000, 20_261_122),
      1e16,
      1e-7,
      0.0001,
      0.00012,
      1e21,
      { "\u{1f600}": 1, "\uffee": 2 },
    ];
    const read = pythonLines(
      values.map((value) => JSON.stringify(value)),
      context,
    );
    for (const [index, value] of values.entries()) {
      // Python reads a number without point and exponent as an integer of any size.
      if (value === 1e16 || value === 1e21) continue;
      expect(read[index]).toBe(pythonJson(value));
    }
  });
});

function pythonLines(lines: readonly string[], context: TestContext): readonly string[] {
  const script =
    "import json,sys\nfor l in sys.stdin: print(json.dumps(json.loads(l),sort_keys=True,separators=(',',':')))";
  try {
    return execFileSync("python3", ["-c", script], { input: lines.join("\n") })
      .toString()
      .split("\n");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return context.skip("python3 is not here, whose own json.dumps this test asks");
  }
}
