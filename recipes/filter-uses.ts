import { isNamespace, type Namespace } from "./filter-context.ts";
import { childrenOf, type FilterNode, type FilterOperand } from "./filter-tree.ts";

/** The names that a filter spells out. Those that it computes (`env["loc" + "ale"]`) are not seen. */
export interface FilterUses {
  /** Namespaces named at all. */
  readonly namespaces: readonly Namespace[];
  readonly attributes: readonly { readonly namespace: Namespace; readonly name: string }[];
  /** Transforms as spelt, also such as do not exist. */
  readonly transforms: readonly string[];
  /** Preferences whose name stands in the filter. */
  readonly preferences: readonly string[];
  readonly operators: readonly string[];
}

const preferenceTransforms: readonly string[] = [
  "preferenceValue",
  "preferenceIsUserSet",
  "preferenceExists",
];

/** Every name in a tree, each once, in the order of the text. */
export function usesOf(tree: FilterNode): FilterUses {
  const namespaces = new Set<Namespace>();
  const attributes = new Map<string, { namespace: Namespace; name: string }>();
  const transforms = new Set<string>();
  const preferences = new Set<string>();
  const operators = new Set<string>();

  function visit(operand: FilterOperand): void {
    if (operand === null || operand === undefined) return;
    childrenOf(operand).forEach(visit);
    if (operand.type === "BinaryExpression" || operand.type === "UnaryExpression") {
      operators.add(operand.operator);
    } else if (operand.type === "Transform") {
      transforms.add(operand.name);
      const subject = operand.subject;
      if (preferenceTransforms.includes(operand.name) && subject?.type === "Literal") {
        preferences.add(String(subject.value));
      }
    } else if (operand.type === "Identifier" || operand.type === "FilterExpression") {
      visitName(operand);
    }
  }
  function visitName(node: FilterNode & { type: "Identifier" | "FilterExpression" }): void {
    if (node.type === "Identifier" && node.from === undefined) {
      if (isNamespace(node.value)) namespaces.add(node.value);
      return;
    }
    const owner = node.type === "Identifier" ? node.from : node.subject;
    if (owner?.type !== "Identifier" || owner.from !== undefined) return;
    if (!isNamespace(owner.value)) return;
    const name = node.type === "Identifier" ? node.value : literalKey(node);
    if (name === undefined) return;
    attributes.set(`${owner.value}.${name}`, { namespace: owner.value, name });
  }
  visit(tree);

  return {
    namespaces: [...namespaces],
    attributes: [...attributes.values()],
    transforms: [...transforms],
    preferences: [...preferences],
    operators: [...operators],
  };
}

function literalKey(node: FilterNode & { type: "FilterExpression" }): string | undefined {
  if (node.expr?.type !== "Literal" || typeof node.expr.value === "boolean") return undefined;
  return String(node.expr.value);
}
