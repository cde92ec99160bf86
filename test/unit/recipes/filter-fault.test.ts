import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilter } from "#recipes/filter.ts";
import { filterRefusal } from "#recipes/filter-fault.ts";
import { someExpressions } from "#kit/expressions.ts";

describe("a filter that cannot be read", () => {
  test.each([
    ["(", "unexpected end at character 2"],
    ["env.version > ", "unexpected end at character 14"],
    ["1 + -", "unexpected end at character 6"],
    ["1 + )", 'unexpected ")" at character 5'],
    ["env.a # (\n env.b", 'unexpected "env" at character 12'],
    ["a b", 'unexpected "b" at character 3'],
    ["@", 'unexpected "@" at character 1'],
    ["1 + -x", 'unexpected "-x" at character 5'],
    ["env.a = 1", 'unexpected "=" at character 7: equality is written "=="'],
    ['"=" == a and b', 'unexpected "and" at character 10: "and" is written "&&"'],
    ['env.a == "x', "the text that begins at character 10 has no closing quote"],
    ["", "the filter says nothing"],
    ["# nothing", "the filter says nothing"],
  ])("%j: %s", (filter, sentence) => {
    expect(filterRefusal(filter, refusalOf(filter))).toBe(sentence);
  });

  test("is shown in part only", () => {
    const filter = `1 "${"x".repeat(500)}"`;
    expect(filterRefusal(filter, refusalOf(filter)).length).toBeLessThan(80);
  });
});

test("wherever a filter is cut off, the sentence names a place in it (seed 7)", () => {
  const cut = someExpressions(60, 7).flatMap((filter) =>
    Array.from({ length: filter.length }, (_, end) => filter.slice(0, end)),
  );
  const refused = cut.filter((filter) => !isRead(filter));
  expect(refused.length).toBeGreaterThan(300);
  for (const filter of refused) {
    const sentence = filterRefusal(filter, refusalOf(filter));
    const at = Number(/ at character (\d+)/u.exec(sentence)?.[1] ?? "1");
    expect(sentence, filter).toMatch(
      /^(?:unexpected|the text that begins|the filter says nothing)/u,
    );
    expect(at, `${filter}: ${sentence}`).toBeLessThanOrEqual(filter.length + 1);
    const [, shown = '""'] = /^unexpected ("[^"]+") at/u.exec(sentence) ?? [];
    const isThere = unspaced(filter.slice(at - 1)).startsWith(unspaced(String(JSON.parse(shown))));
    expect(isThere, `${filter}: ${sentence}`).toBe(true);
  }
});

test("a refusal that is not about reading keeps its sentence", () => {
  const error = new RecipeError("filter/too-large", "too large");
  expect(filterRefusal("1", error)).toBe("too large");
});

function refusalOf(filter: string): RecipeError {
  try {
    compileFilter(filter);
  } catch (error) {
    if (error instanceof RecipeError) return error;
    throw error;
  }
  throw new Error(`${filter} is not refused`);
}

function isRead(filter: string): boolean {
  try {
    compileFilter(filter);
    return true;
  } catch {
    return false;
  }
}

function unspaced(text: string): string {
  return text.replaceAll(/\s/gu, "");
}
