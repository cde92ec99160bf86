import { describe, expect, test } from "vitest";
import { counted, listed, phrase, type Words } from "#extension/pages/words.ts";
import { words } from "#kit/words.ts";

const mark = (text: string) => ({ marked: text });

describe("the words", () => {
  test("take the form that a number has in their language", () => {
    expect(counted(words, "runs", 1)).toBe("1 runs now.");
    expect(counted(words, "runs", 3)).toBe("3 run now.");
  });

  test("have forms that English lacks, and do without those that are not there", () => {
    const forms: Readonly<Record<string, string>> = {
      language: "pl",
      runs_few: "few",
      runs_other: "other",
    };
    const polish: Words = (key) => forms[key] ?? "";
    expect(counted(polish, "runs", 3)).toBe("few");
    expect(counted(polish, "runs", 5)).toBe("other");
  });

  test("are joined as the language joins them", () => {
    expect(listed(words, ["a", "b", "c"])).toBe("a, b, and c");
  });

  test("are said around what is not text, in whatever order a language wants it", () => {
    const swapped: Words = (_key, first, second) => `${second} before ${first}!`;
    expect(phrase<unknown>(swapped, "from_to", [{ a: 1 }, { b: 2 }], mark)).toEqual([
      { b: 2 },
      " before ",
      { a: 1 },
      "!",
    ]);
  });

  test("set what stands in backticks apart, and nothing in what is put in", () => {
    const quoting: Words = (_key, first) => `An \`id\` of ${first}`;
    expect(phrase<unknown>(quoting, "quoted", ["`x`"], mark)).toEqual([
      "An ",
      { marked: "id" },
      " of ",
      "`x`",
    ]);
  });
});
