import { below, randomOf } from "./filters.ts";

// Cases for the comparison with Firefox, sensible or not, made from a seed.

/**
 * Distinct filters from the grammar, sensible or not, over the names of the oracle's environment:
 * operators of all kinds, transforms with odd arguments, selections, choices.
 */
export function someExpressions(count: number, seed: number): readonly string[] {
  const random = randomOf(seed);
  const filters = new Set<string>();
  while (filters.size < count) filters.add(anExpression(random, 3));
  return [...filters];
}

const leaves = [
  "1",
  "0",
  "-2",
  "2.5",
  "7",
  '"a"',
  '"b"',
  '""',
  '"1"',
  "true",
  "false",
  "missing",
  "env.s",
  "env.n",
  "env.zero",
  "env.half",
  "env.yes",
  "env.no",
  "env.nul",
  "env.empty",
  "env.arr",
  "env.none",
  "env.names",
  "env.o",
  "env.o.a",
  "env.o.deep.er",
  "env.list",
  "env.nested",
  "env.version",
  "env.userId",
  "env.arr[1]",
  "env.list[.x > 1]",
  "env.list[.x == 2].y",
  "[]",
  "[1, 2]",
  '["a", "b"]',
  "{a: 1}",
  "{}",
] as const;
const signs = [
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "==",
  "!=",
  ">",
  ">=",
  "<",
  "<=",
  "&&",
  "||",
  "in",
  "intersect",
] as const;

function anExpression(random: () => number, depth: number): string {
  const leaf = () => leaves[below(random, leaves.length)] ?? "1";
  if (depth === 0) return leaf();
  const part = () => anExpression(random, depth - 1 - below(random, depth));
  const sign = () => signs[below(random, signs.length)] ?? "+";
  const shapes: readonly (() => string)[] = [
    leaf,
    () => `${part()} ${sign()} ${part()}`,
    () => `${part()} ${sign()} ${part()}`,
    () => `(${part()}) ${sign()} (${part()})`,
    () => `(${part()} ${sign()} ${part()})`,
    () => `!${part()}`,
    () => `!(${part()})`,
    () => `${part()} ? ${part()} : ${part()}`,
    () => `(${part()}) ?: ${part()}`,
    () => `[${part()}, ${part()}]`,
    () => `{a: ${part()}, b: ${part()}}.a`,
    () => `env.list[.x ${sign()} ${part()}]`,
    () => `env.arr[${part()}]`,
    () => `env.o[${part()}]`,
    () => `(${part()})|keys`,
    () => `(${part()})|values|length`,
    () => `${part()}|length`,
    () => `(${part()})|mapToProperty(${part()})`,
    () => `(${part()})|versionCompare(${part()})`,
    () => `(${part()})|stableSample(${part()})`,
    () => `(${part()})|bucketSample(${part()}, ${part()}, ${part()})`,
    () => `(${part()})|preferenceValue(${part()})`,
    () => `("oracle." + ${part()})|preferenceExists`,
    () => `(${part()} + "")|regExpMatch("${leafPattern(random)}")`,
  ];
  return shapes[below(random, shapes.length)]?.() ?? "1";
}

function leafPattern(random: () => number): string {
  const some = () =>
    ["a", "[a-c]", "1?", "(s|t)", ".", "x*", "(b+)?", "^", "$", "tr?"][below(random, 10)] ?? "";
  return Array.from({ length: 1 + below(random, 3) }, some).join("");
}

/** One question to the sampling module; its arguments are JSON. */
export type SampleCase =
  | { readonly method: "truncatedHash"; readonly args: readonly [unknown] }
  | { readonly method: "fractionToKey"; readonly args: readonly [number] }
  | { readonly method: "stableSample"; readonly args: readonly [unknown, number] }
  | { readonly method: "bucketSample"; readonly args: readonly [unknown, number, number, number] }
  | { readonly method: "ratioSample"; readonly args: readonly [unknown, readonly number[]] };

/** Inputs of every kind, shares at and beyond the edges, buckets that go round. */
export function someSamples(count: number, seed: number): readonly SampleCase[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, index): SampleCase => {
    const input = someInput(random);
    switch (index % 5) {
      case 0:
        return { method: "truncatedHash", args: [input] };
      case 1:
        return { method: "fractionToKey", args: [someShare(random)] };
      case 2:
        return { method: "stableSample", args: [input, someShare(random)] };
      case 3: {
        const total = 1 + below(random, 10_000);
        return {
          method: "bucketSample",
          args: [
            input,
            below(random, 3 * total) - below(random, 20),
            below(random, total + 2),
            total,
          ],
        };
      }
      default: {
        const ratios = Array.from({ length: below(random, 6) }, () => 1 + below(random, 50));
        return { method: "ratioSample", args: [input, ratios] };
      }
    }
  });
}

function someShare(random: () => number): number {
  const edges = [0, 1, 0.5, 1e-12, 1 - 1e-12, -0.1, 1.1];
  return random() < 0.2 ? (edges[below(random, edges.length)] ?? 0) : random();
}

function someInput(random: () => number): unknown {
  const id = () => `${below(random, 2 ** 31).toString(16)}-ä-😀`.slice(0, 4 + below(random, 12));
  const shapes: readonly (() => unknown)[] = [
    () => `${id()}-slug-branch`,
    () => [id(), "global-v4"],
    () => [id(), below(random, 100)],
    () => below(random, 1_000) / 8,
    () => ({ [id()]: [null, true, id()] }),
    () => null,
  ];
  return shapes[below(random, shapes.length)]?.();
}

/** Pairs of versions, likely and absurd, often equal in their first parts. */
export function someVersions(count: number, seed: number): readonly (readonly [string, string])[] {
  const random = randomOf(seed);
  const pieces = [
    "0",
    "1",
    "2",
    "10",
    "153",
    "007",
    "-1",
    "-",
    "+",
    "*",
    "a",
    "b",
    "pre",
    "beta",
    "esr",
    "é",
    "Ā",
    " ",
    "2147483647",
    "2147483648",
    "99999999999",
    "-2147483648",
    "!",
    "\t",
    "x1",
    "1x",
    ".",
    ".",
    ".",
    "..",
  ];
  const version = () =>
    Array.from({ length: below(random, 7) }, () => pieces[below(random, pieces.length)]).join("");
  return Array.from({ length: count }, () => {
    const start = random() < 0.5 ? version() : "";
    return [start + version(), start + version()] as const;
  });
}
