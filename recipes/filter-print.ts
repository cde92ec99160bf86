import type { FilterNode, FilterOperand } from "./filter-tree.ts";

/** Writes a part of a filter as text, in one spelling: what `explain` shows beside each value. */
export function printFilter(operand: FilterOperand): string {
  if (operand === null || operand === undefined) return "";
  switch (operand.type) {
    case "Literal":
      return JSON.stringify(operand.value);
    case "Identifier":
      return `${owner(operand)}${operand.value}`;
    case "BinaryExpression":
      return `${inner(operand.left)} ${operand.operator} ${inner(operand.right)}`;
    case "UnaryExpression":
      return `${operand.operator}${inner(operand.right)}`;
    case "ConditionalExpression":
      return `${inner(operand.test)} ? ${inner(operand.consequent)} : ${inner(operand.alternate)}`;
    case "FilterExpression":
      return `${inner(operand.subject)}[${printFilter(operand.expr)}]`;
    case "Transform":
      return `${inner(operand.subject)}|${operand.name}${printArguments(operand.args)}`;
    case "ArrayLiteral":
      return `[${operand.value.map(printFilter).join(", ")}]`;
    case "ObjectLiteral":
      return `{${Object.entries(operand.value)
        .map(([key, value]) => `${key}: ${printFilter(value)}`)
        .join(", ")}}`;
  }
}

function owner(node: FilterNode & { type: "Identifier" }): string {
  if (node.from !== undefined) return `${inner(node.from)}.`;
  return node.relative === true ? "." : "";
}

function inner(operand: FilterOperand): string {
  const text = printFilter(operand);
  const isCompound =
    operand?.type === "BinaryExpression" || operand?.type === "ConditionalExpression";
  return isCompound ? `(${text})` : text;
}

function printArguments(args: readonly FilterOperand[]): string {
  return args.length === 0 ? "" : `(${args.map(printFilter).join(", ")})`;
}
