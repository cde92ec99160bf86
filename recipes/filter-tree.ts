// The syntax tree of a filter as mozjexl's parser gives it. Where an operand may be missing
// (`true ? 1 :`, `keys()`), the node is `null` or absent and fails only when it is evaluated.

export interface FilterToken {
  /** `literal`, `identifier`, `binaryOp`, `unaryOp`, or the name of a punctuation mark; `undefined` for names that every object inherits. */
  readonly type: string | undefined;
  readonly value: string | number | boolean;
  /** As written, trailing blanks included. */
  readonly raw: string;
}

/** A place where an expression belongs. */
export type FilterOperand = FilterNode | null | undefined;

export type FilterNode =
  | { readonly type: "Literal"; readonly value: string | number | boolean }
  | {
      readonly type: "Identifier";
      readonly value: string;
      /** What the name is a property of; absent for the first name of a path. */
      readonly from?: FilterNode;
      /** Of the element that a `[…]` is judging. */
      readonly relative?: boolean;
    }
  | {
      readonly type: "BinaryExpression";
      readonly operator: string;
      readonly left: FilterOperand;
      readonly right?: FilterOperand;
    }
  | { readonly type: "UnaryExpression"; readonly operator: string; readonly right?: FilterOperand }
  | {
      readonly type: "ConditionalExpression";
      readonly test: FilterOperand;
      readonly consequent: FilterOperand;
      readonly alternate?: FilterOperand;
    }
  | {
      readonly type: "FilterExpression";
      readonly subject: FilterOperand;
      readonly expr: FilterOperand;
      /** `expr` names properties of each element. */
      readonly relative: boolean;
    }
  | {
      readonly type: "Transform";
      readonly name: string;
      readonly subject: FilterOperand;
      readonly args: readonly FilterOperand[];
    }
  | { readonly type: "ArrayLiteral"; readonly value: readonly FilterNode[] }
  | { readonly type: "ObjectLiteral"; readonly value: Readonly<Record<string, FilterOperand>> };

/** The expressions directly below a node, in the order in which they are evaluated. */
export function childrenOf(node: FilterNode): readonly FilterOperand[] {
  switch (node.type) {
    case "Literal":
      return [];
    case "Identifier":
      return node.from === undefined ? [] : [node.from];
    case "BinaryExpression":
      return [node.left, node.right];
    case "UnaryExpression":
      return [node.right];
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate];
    case "FilterExpression":
      return [node.subject, node.expr];
    case "Transform":
      return [node.subject, ...node.args];
    case "ArrayLiteral":
      return node.value;
    case "ObjectLiteral":
      return Object.values(node.value);
  }
}
