import { RecipeError } from "./errors.ts";
import { numberLiteral, textLiteral } from "./filter-text.ts";
import { parseFilter } from "./filter.ts";
import type { FilterNode, FilterOperand } from "./filter-tree.ts";

// From a syntax tree back to a filter that means the same, with a parenthesis around every part that
// has more than one: for trees that a program has changed. What people read is filter-print.ts.

/**
 * Writes a syntax tree as a filter.
 *
 * @throws RecipeError `filter/syntax` where an operand is missing, `filter/forbidden` for values that
 *   the language cannot write
 */
export function writeFilter(operand: FilterOperand): string {
  if (operand === null || operand === undefined)
    throw new RecipeError("filter/syntax", "something is missing here");
  switch (operand.type) {
    case "Literal":
      return literal(operand.value);
    case "Identifier":
      return `${owner(operand)}${operand.value}`;
    case "BinaryExpression":
      return `(${operation(operand)})`;
    case "UnaryExpression":
      return `(${operand.operator}${writeFilter(operand.right)})`;
    case "ConditionalExpression":
      return `(${writeFilter(operand.test)} ? ${writeFilter(operand.consequent)} : ${writeFilter(operand.alternate)})`;
    case "FilterExpression":
      return `${writeFilter(operand.subject)}[${selection(operand)}]`;
    case "Transform":
      return `(${writeFilter(operand.subject)}|${operand.name}${argumentsOf(operand.args)})`;
    case "ArrayLiteral":
      return `[${operand.value.map(writeFilter).join(", ")}]`;
    case "ObjectLiteral":
      return `{${Object.entries(operand.value)
        .map(([key, value]) => `${plainKey(key)}: ${writeFilter(value)}`)
        .join(", ")}}`;
  }
}

/** A row of one operator is read from the left anyway, and a filter may have few brackets in each other. */
function operation({
  operator,
  left,
  right,
}: FilterNode & { readonly type: "BinaryExpression" }): string {
  const isRow = left?.type === "BinaryExpression" && left.operator === operator;
  const before = isRow ? operation(left) : writeFilter(left);
  return `${before} ${operator} ${writeFilter(right)}`;
}

/**
 * What stands in brackets is about each element where a name in it begins with a dot outside of any
 * parenthesis: it is written without one of its own, and held against how it is read.
 */
function selection({ expr, relative }: FilterNode & { readonly type: "FilterExpression" }): string {
  const text = expr?.type === "BinaryExpression" ? operation(expr) : writeFilter(expr);
  const again = parseFilter(`env[${text}]`);
  if (again.type === "FilterExpression" && again.relative === relative) return text;
  throw new RecipeError("filter/forbidden", "a selection of this kind cannot be written");
}

function literal(value: string | number | boolean): string {
  if (typeof value === "string") return textLiteral(value);
  return typeof value === "number" ? numberLiteral(value) : String(value);
}

function owner(node: FilterNode & { type: "Identifier" }): string {
  if (node.from !== undefined) return `${writeFilter(node.from)}.`;
  return node.relative === true ? "." : "";
}

function argumentsOf(args: readonly FilterOperand[]): string {
  return args.length === 0 ? "" : `(${args.map(writeFilter).join(", ")})`;
}

function plainKey(key: string): string {
  if (/^[A-Za-z_]\w*$/u.test(key)) return key;
  throw new RecipeError("filter/forbidden", "a filter cannot write this member of an object");
}
