import { isNamespace } from "./filter-context.ts";
import type { FilterNode, FilterOperand } from "./filter-tree.ts";

// What a filter says when it is read as a list of conditions, all of which must hold.

/** The parts that a filter joins with `&&` at its top, in the order of the text; else the whole of it. */
export function conditionsOf(tree: FilterNode): readonly FilterNode[] {
  return tree.type === "BinaryExpression" && tree.operator === "&&"
    ? [tree.left, tree.right].flatMap((part) => (part ? conditionsOf(part) : []))
    : [tree];
}

/** A part that names an attribute, `env.locale` or `normandy.os.isLinux`: its path below the namespace. */
export function attributePath(part: FilterOperand): readonly string[] | undefined {
  if (part?.type !== "Identifier" || part.relative === true) return undefined;
  if (part.from === undefined) return isNamespace(part.value) ? [] : undefined;
  const above = attributePath(part.from);
  return above === undefined ? undefined : [...above, part.value];
}

/** The moment a part stands for: `"2026-12-01"|date`. Milliseconds since 1970. */
export function momentOf(part: FilterOperand): number | undefined {
  if (part?.type !== "Transform" || part.name !== "date" || part.subject?.type !== "Literal")
    return undefined;
  const { value } = part.subject;
  const ms = typeof value === "boolean" ? Number.NaN : new Date(value).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * When a filter stops to match whatever else holds, by the conditions that name a last moment for
 * `request_time`: what it lets in is over then.
 *
 * @returns milliseconds since 1970; `undefined` when it names none
 */
export function filterEnd(tree: FilterNode): number | undefined {
  const ends = conditionsOf(tree).flatMap((condition) => endOf(condition) ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function endOf(condition: FilterNode): number | undefined {
  if (condition.type !== "BinaryExpression") return undefined;
  const { operator, left, right } = condition;
  if (["<", "<="].includes(operator) && isRequestTime(left)) return momentOf(right);
  if ([">", ">="].includes(operator) && isRequestTime(right)) return momentOf(left);
  return undefined;
}

function isRequestTime(part: FilterOperand): boolean {
  const path = attributePath(part);
  return path?.length === 1 && path[0] === "request_time";
}
