import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whatFlips } from "#recipes/filter-flip.ts";
import { printFilter } from "#recipes/filter-print.ts";
import { parseFilter } from "#recipes/filter.ts";
import { aContext, evaluate } from "#kit/filter-context.ts";

/** The sets for a filter of which these leaves are true, `!` before what is to be false. */
function flips(filter: string, ...trueLeaves: readonly string[]): readonly string[] {
  const sets = whatFlips(parseFilter(filter), (leaf) => {
    const text = printFilter(leaf);
    return text === "env.unknown" ? undefined : trueLeaves.includes(text);
  });
  return sets.map((set) => set.map(({ text, to }) => (to ? text : `!${text}`)).join(" "));
}

describe("what would turn a filter round", () => {
  test.each([
    ["env.a", [], ["env.a"]],
    ["env.a", ["env.a"], ["!env.a"]],
    ["env.a && env.b", [], ["env.a env.b"]],
    ["env.a && env.b", ["env.b"], ["env.a"]],
    ["env.a && env.b", ["env.a", "env.b"], ["!env.a", "!env.b"]],
    ["env.a || env.b", [], ["env.a", "env.b"]],
    ["env.a || env.b", ["env.a", "env.b"], ["!env.a !env.b"]],
    ["!(env.a || !env.b)", [], ["env.b"]],
    ["(env.a && env.b) || env.c", [], ["env.c"]],
    ["env.a ? env.b : env.c", ["env.a"], ["env.b"]],
    ["env.a ? env.b : env.c", ["env.c"], ["env.a", "!env.c"]],
    ['env.a == "x" && true', [], ['env.a == "x"']],
    // What came to nothing has to come to something.
    ["env.unknown && env.a", ["env.a"], ["env.unknown"]],
    // One leaf, wherever it stands.
    ["env.a && (env.a || env.b)", [], ["env.a"]],
    ["(env.a && env.b) || (!env.a && env.c)", ["env.a"], ["env.b"]],
    // Nothing can.
    ["env.a && !env.a", [], []],
    ["false", [], []],
    ["env.a || true", [], []],
  ])("is the smallest set of leaves: %s, true %j", (filter, trueLeaves, expected) => {
    expect(flips(filter, ...trueLeaves)).toEqual(expected);
  });

  test("names three ways at most", () => {
    expect(flips("env.a || env.b || env.c || env.d")).toEqual(["env.a", "env.b", "env.c"]);
  });

  const names = ["env.a", "env.b", "env.c", "env.d"];
  const expression = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(...names),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} && ${b})`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} || ${b})`),
      tie("tree").map((a) => `(!${a})`),
      fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  })).tree;

  test("turns it round, and no smaller set does, whatever the filter", () => {
    fc.assert(
      fc.property(expression, fc.subarray(names), (filter, trueLeaves) => {
        const answer = (leaves: ReadonlySet<string>): boolean =>
          Boolean(
            evaluate(
              filter,
              aContext(Object.fromEntries(names.map((name) => [name.slice(4), leaves.has(name)]))),
            ),
          );
        const now = answer(new Set(trueLeaves));
        const turned = (indexes: number): ReadonlySet<string> =>
          new Set(
            names.filter((name, i) => trueLeaves.includes(name) !== ((indexes >> i) % 2 === 1)),
          );
        const sizes = Array.from({ length: 1 << names.length }, (_, i) => i)
          .filter((indexes) => answer(turned(indexes)) !== now)
          .map((indexes) => names.filter((_, i) => (indexes >> i) % 2 === 1).length);
        const found = whatFlips(parseFilter(filter), (leaf) =>
          trueLeaves.includes(printFilter(leaf)),
        );
        for (const set of found) {
          const leaves = new Set(trueLeaves);
          for (const { text, to } of set) {
            if (to) leaves.add(text);
            else leaves.delete(text);
          }
          expect(answer(leaves)).toBe(!now);
          expect(set.length).toBe(Math.min(...sizes));
        }
        expect(found.length > 0).toBe(sizes.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});
