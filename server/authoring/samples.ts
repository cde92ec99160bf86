import { parseFilter } from "#recipes/filter.ts";
import { printFilter } from "#recipes/filter-print.ts";
import { childrenOf, type FilterNode, type FilterOperand } from "#recipes/filter-tree.ts";

/** A share of all browsers that a filter asks for by a hash of these inputs. */
export interface Sample {
  /** The inputs as a filter writes them: two samples with the same inputs sort browsers alike. */
  readonly inputs: string;
  /** Where the share begins, from 0 to 1. */
  readonly start: number;
  /** Its size, from 0 to 1; it wraps around at 1. */
  readonly share: number;
}

/**
 * Every sample of a filter whose numbers stand in it.
 *
 * @throws RecipeError for a filter that cannot be read
 */
export function samplesIn(expression: string): readonly Sample[] {
  const samples: Sample[] = [];
  const visit = (node: FilterOperand): void => {
    if (node === null || node === undefined) return;
    const sample = node.type === "Transform" ? sampleOf(node) : undefined;
    if (sample !== undefined) samples.push(sample);
    childrenOf(node).forEach(visit);
  };
  visit(parseFilter(expression));
  return samples;
}

function sampleOf({
  name,
  subject,
  args,
}: FilterNode & { readonly type: "Transform" }): Sample | undefined {
  const numbers = args.map((one) => (one?.type === "Literal" ? Number(one.value) : NaN));
  const inputs = printFilter(subject).replaceAll("normandy.", "env.");
  const [first = NaN, count = NaN, total = NaN] = numbers;
  const isShare = (share: number): boolean => share > 0 && share <= 1;
  if (name === "stableSample" && isShare(first)) return { inputs, start: 0, share: first };
  if (name === "bucketSample" && isShare(count / total))
    return { inputs, start: (first / total) % 1, share: count / total };
  return undefined;
}

/** The pieces between 0 and 1 that a sample is made of: two where it wraps around. */
export function partsOf({
  start,
  share,
}: Sample): readonly (readonly [from: number, to: number])[] {
  const end = start + share;
  // Tenths do not add up in binary: a hair beyond the end is the end.
  const nearly = 1e-9;
  return end <= 1 + nearly
    ? [[start, Math.min(end, 1)]]
    : [
        [start, 1],
        [0, end - 1],
      ];
}
