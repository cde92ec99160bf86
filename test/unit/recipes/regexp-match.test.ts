import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { evaluationUnits } from "#recipes/filter-budget.ts";
import { matchRegExp } from "#recipes/regexp-match.ts";

/** A match with a budget of its own. */
function match(text: unknown, source: string | undefined, flags: string | undefined): unknown {
  return matchRegExp(text, source, flags, { left: evaluationUnits });
}

/** Patterns from the part of the language that is supported. */
const pattern = fc.letrec<{ term: string; pattern: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      ..."a b c . ^ $ \\b \\B \\d \\w \\W \\s [ab] [^a] [a-c\\d] [] [^] \\. \\x61 \\u0062 {".split(
        " ",
      ),
    ),
    tie("pattern").map((inner) => `(${inner})`),
    tie("pattern").map((inner) => `(?:${inner})`),
  ),
  pattern: fc
    .array(
      fc
        .tuple(
          tie("term"),
          fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}?"),
        )
        .map(([term, quantifier]) => (/^(?:[$^{]|\\[bB])$/u.test(term) ? term : term + quantifier)),
      { maxLength: 4 },
    )
    .chain((terms) =>
      fc.constantFrom(
        terms.join(""),
        terms.join("|"),
        `${terms.slice(0, 2).join("")}|${terms.slice(2).join("")}`,
      ),
    ),
}));
const subject = fc.string({
  unit: fc.constantFrom("a", "b", "c", "1", "A", " ", ".", "\n", "_", "ä", "😀", "{"),
  maxLength: 10,
});

/** `limit` for a pattern too big or too slow. */
function matchOrLimit(text: string, source: string, flags: string): unknown {
  try {
    return match(text, source, flags);
  } catch (error) {
    if (error instanceof RangeError || error instanceof RecipeError) return "limit";
    throw error;
  }
}

describe("a bounded match", () => {
  test("gives what the browser's own match gives", () => {
    let bounded = 0;
    fc.assert(
      fc.property(
        pattern.pattern,
        subject,
        fc.constantFrom("", "g", "i", "m", "s", "y", "gi", "gy", "im"),
        (source, text, flags) => {
          const ours = matchOrLimit(text, source, flags);
          if (ours === "limit") bounded++;
          else expect(ours).toEqual(text.match(new RegExp(source, flags)));
        },
      ),
      { numRuns: 1_000 },
    );
    // Nested loops are frequent among generated patterns; nearly all are within the limits.
    expect(bounded).toBeLessThan(50);
  });

  test.each([
    ["a😀b", "a.b", "u"],
    ["😀😀", "", "gu"],
    ["a1", "\\p{L}\\p{N}", "u"],
    ["x\u{1f600}", "\\u{1F600}", "u"],
    ["x\u{1f600}", "\\ud83d\\ude00", "u"],
    ["K", "k", "iu"],
    ["ſ", "\\w", "iu"],
    ["ab", "(?<first>a)(?<second>x)?", ""],
    ["a/b", "a/b", "i"],
    ["null", "null", ""],
    ["abcabc", "(a)|(b)|(c)", "g"],
    ["zaacbbbcac", "(z)((a+)?(b+)?(c))*", ""],
    ["]}", "]}", ""],
    ["-", "[\\]-]", ""],
  ])("of %j with /%s/%s gives what the browser's gives, groups included", (text, source, flags) => {
    const ours = match(text, source, flags);
    const theirs = text.match(new RegExp(source, flags));
    expect(ours).toEqual(theirs);
    expect(Object.entries(ours ?? {})).toEqual(Object.entries(theirs ?? {}));
  });

  test.each([
    ["^(a+)+$", `${"a".repeat(40)}!`],
    ["(a|a)*b", "a".repeat(100)],
    ["(.*)*(.*)*x", "a".repeat(200)],
    ["a*a*a*a*a*b", "a".repeat(1_000)],
    ["x*", "y".repeat(300_000)],
  ])("of /%s/ gives up instead of taking for ever", (source, text) => {
    expect(() => match(text, source, "g")).toThrow(/too many steps/u);
  });

  test.each([
    ["(?=a)", /look-around/u],
    ["(?!a)", /look-around/u],
    ["(?<=a)b", /look-around/u],
    ["(a)\\1", /references/u],
    ["(?<n>a)\\k<n>", /references/u],
    ["\\07", /octal/u],
    ["(?:a{200}){200}", /too big/u],
    ["a".repeat(1_001), /too long/u],
  ])("refuses /%s/", (source, message) => {
    expect(() => match("a", source, "")).toThrow(message);
  });

  test("refuses what is no text, as the browser does", () => {
    expect(() => match(5, "5", "")).toThrow(TypeError);
    expect(() => match({ match: () => "called" }, "5", "")).toThrow(TypeError);
  });
});
