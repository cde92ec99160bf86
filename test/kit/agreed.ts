import { below, randomOf } from "./filters.ts";

/** Values of the subset that Firefox's and Python's canonical JSON write alike, made from a seed. */
export function someValues(count: number, seed: number): readonly unknown[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => aValue(random, 4));
}

function aValue(random: () => number, depth: number): unknown {
  const many = (limit: number): number[] => Array.from({ length: below(random, limit) }, () => 0);
  switch (below(random, depth === 0 ? 5 : 8)) {
    case 0:
      return below(random, 2) === 0;
    case 1:
      return null;
    case 2:
      return aNumber(random);
    case 3:
    case 4:
      return many(12)
        .map(() => aCharacter(random))
        .join("");
    case 5:
      return many(5).map(() => aValue(random, depth - 1));
    default:
      return Object.fromEntries(many(6).map(() => [aName(random), aValue(random, depth - 1)]));
  }
}

function aNumber(random: () => number): number {
  const sign = below(random, 2) === 0 ? 1 : -1;
  switch (below(random, 4)) {
    case 0:
      return sign * (1 + below(random, 1_000));
    case 1:
      return sign * (Number.MAX_SAFE_INTEGER - below(random, 1_000));
    case 2:
      return sign * (0.001 + random());
    default:
      return sign * (0.5 + below(random, 1_000_000_000_000));
  }
}

/** Any character but halves of pairs: printable, control, accented, of the last plane. */
function aCharacter(random: () => number): string {
  const from = [0, 0x20, 0x7f, 0xa0, 0x2028, 0xe000, 0x1f600, 0x10fff0][below(random, 8)] ?? 0;
  return String.fromCodePoint(from + below(random, 16));
}

function aName(random: () => number): string {
  const letters = "abcXYZ019_.-";
  const length = 1 + below(random, 12);
  return Array.from({ length }, () => letters[below(random, letters.length)] ?? "a").join("");
}
