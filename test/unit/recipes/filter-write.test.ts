import { describe, expect, test } from "vitest";
import { someExpressions } from "#kit/expressions.ts";
import { RecipeError } from "#recipes/errors.ts";
import { parseFilter } from "#recipes/filter.ts";
import type { FilterNode } from "#recipes/filter-tree.ts";
import { writeFilter } from "#recipes/filter-write.ts";

describe("a filter that is written from its tree", () => {
  test("has the same tree, whatever the filter", () => {
    const seed = 20261128;
    let written = 0;
    for (const expression of someExpressions(3_000, seed)) {
      const tree = parsed(expression);
      if (tree === undefined) continue;
      const text = writtenOr(tree);
      if (text === undefined) continue;
      written += 1;
      expect({ seed, expression, tree: plain(parseFilter(text)) }).toEqual({
        seed,
        expression,
        tree: plain(tree),
      });
    }
    expect(written).toBeGreaterThan(2_000);
  });

  test("keeps what binds to what", () => {
    const written = (filter: string): string => writeFilter(parseFilter(filter));
    expect(written("(!env.a)|length")).toBe("((!env.a)|length)");
    expect(written("env.a && env.b && !env.c || env.d")).toBe(
      "((env.a && env.b && (!env.c)) || env.d)",
    );
    expect(written("env.a - (env.b - env.c)")).toBe("(env.a - (env.b - env.c))");
    expect(written("env.list[.x == 1]|length")).toBe("(env.list[.x == 1]|length)");
    expect(written("env.a ? 1 : env.b ? 2 : 3")).toBe("(env.a ? 1 : (env.b ? 2 : 3))");
  });

  test("is refused where the language has no way to write it", () => {
    const hopeless: readonly FilterNode[] = [
      { type: "Literal", value: "a\\" },
      { type: "Literal", value: 1e-30 },
      { type: "ObjectLiteral", value: { "a b": { type: "Literal", value: 1 } } },
      { type: "UnaryExpression", operator: "!" },
    ];
    for (const tree of hopeless) expect(() => writeFilter(tree)).toThrow(RecipeError);
  });
});

function parsed(expression: string): FilterNode | undefined {
  try {
    return parseFilter(expression);
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

/** Trees with something missing are Firefox's too, and are not written. */
function writtenOr(tree: FilterNode): string | undefined {
  try {
    return writeFilter(tree);
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

/** Without what makes no difference: how a negative number is written, and members that say nothing. */
function plain(tree: FilterNode): unknown {
  return JSON.parse(JSON.stringify(tree), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const { type, operator, left, right } = value as Record<string, { value?: unknown }>;
    const isNegative =
      (type as unknown) === "BinaryExpression" &&
      (operator as unknown) === "-" &&
      left?.value === 0 &&
      typeof right?.value === "number";
    return isNegative ? { type: "Literal", value: -Number(right.value) } : value;
  }) as unknown;
}
