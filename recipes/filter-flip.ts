import { printFilter } from "./filter-print.ts";
import type { FilterNode, FilterOperand } from "./filter-tree.ts";

/** One leaf of a filter, and what it would have to come to. */
export interface Flip {
  /** As `explainFilter` spells the part. */
  readonly text: string;
  readonly to: boolean;
}

/** What each leaf comes to: truthy, falsy, or `undefined` where it came to nothing. */
export type LeafTruth = (leaf: FilterNode) => boolean | undefined;

/** Ways that are followed at each place: the shortest of them. */
const beam = 32;
/** Ways that are told. */
const most = 3;

/** Leaves by their text, with what they are to be. */
type Way = ReadonlyMap<string, boolean>;

/**
 * The smallest sets of leaves that would turn a filter's answer round. A leaf is a part that is not
 * joined of others by `&&`, `||`, `!` or a choice; one that stands in several places is one leaf.
 *
 * @returns the smallest first, at most three, all of one size; none for a filter that always answers the same
 */
export function whatFlips(tree: FilterNode, truthOf: LeafTruth): readonly (readonly Flip[])[] {
  const now = answer(tree, (leaf) => truthOf(leaf) === true);
  const ways = waysTo(tree, !now, truthOf).filter(
    (way) => answer(tree, (leaf) => way.get(printFilter(leaf)) ?? truthOf(leaf) === true) !== now,
  );
  const smallest = ways[0]?.size;
  return ways
    .filter(({ size }) => size === smallest)
    .slice(0, most)
    .map((way) => [...way].map(([text, to]) => ({ text, to })));
}

type Joined = Extract<
  FilterNode,
  { readonly type: "ConditionalExpression" | "UnaryExpression" | "BinaryExpression" }
>;

/** Whether a part is joined of others: then it is those that can be turned round. */
function isJoined(node: FilterNode): node is Joined {
  return (
    node.type === "ConditionalExpression" ||
    (node.type === "UnaryExpression" && node.operator === "!") ||
    (node.type === "BinaryExpression" && (node.operator === "&&" || node.operator === "||"))
  );
}

function answer(part: FilterOperand, truthOf: (leaf: FilterNode) => boolean): boolean {
  if (part === null || part === undefined) return false;
  if (isJoined(part))
    switch (part.type) {
      case "ConditionalExpression":
        return answer(answer(part.test, truthOf) ? part.consequent : part.alternate, truthOf);
      case "UnaryExpression":
        return !answer(part.right, truthOf);
      case "BinaryExpression":
        return part.operator === "&&"
          ? answer(part.left, truthOf) && answer(part.right, truthOf)
          : answer(part.left, truthOf) || answer(part.right, truthOf);
    }
  return part.type === "Literal" ? Boolean(part.value) : truthOf(part);
}

/** The ways to make a part truthy or falsy, the shortest first. Whether a way does so is for the caller to check. */
function waysTo(part: FilterOperand, to: boolean, truthOf: LeafTruth): readonly Way[] {
  if (part === null || part === undefined) return to ? [] : [new Map()];
  if (isJoined(part))
    switch (part.type) {
      case "ConditionalExpression":
        return shortest([
          ...both(waysTo(part.test, true, truthOf), waysTo(part.consequent, to, truthOf)),
          ...both(waysTo(part.test, false, truthOf), waysTo(part.alternate, to, truthOf)),
        ]);
      case "UnaryExpression":
        return waysTo(part.right, !to, truthOf);
      case "BinaryExpression": {
        const left = waysTo(part.left, to, truthOf);
        const right = waysTo(part.right, to, truthOf);
        return shortest(to === (part.operator === "&&") ? both(left, right) : [...left, ...right]);
      }
    }
  if (part.type === "Literal") return Boolean(part.value) === to ? [new Map()] : [];
  return [new Map(truthOf(part) === to ? [] : [[printFilter(part), to]])];
}

/** Each way of one with each way of the other, where they do not contradict each other. */
function both(left: readonly Way[], right: readonly Way[]): readonly Way[] {
  return left.flatMap((one) =>
    right
      .filter((other) => [...other].every(([text, to]) => (one.get(text) ?? to) === to))
      .map((other) => new Map([...one, ...other])),
  );
}

function shortest(ways: readonly Way[]): readonly Way[] {
  return ways.toSorted((a, b) => a.size - b.size).slice(0, beam);
}
