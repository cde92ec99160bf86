import { conditionFields, type Field } from "./field.ts";
import { isConditionType, mapMembers, ownName, type Tree } from "./tree.ts";

// From what a browser posts to what stands in the form. A field's name is a path from the top, as
// /arguments/branches/1/slug; rows are numbered, in any order and with any gaps.

/** Values by the steps of their names. */
interface Node {
  readonly values: string[];
  readonly below: Map<string, Node>;
}

/** How deep a form goes: fifteen conditions in each other, and what one is made of. */
const maxSteps = 48;

/** Reads the fields of a form out of what was posted; what the form does not have is passed over. */
export function fromPosted(field: Field, posted: URLSearchParams): Tree {
  const top = newNode();
  for (const [name, value] of posted) {
    const steps = name.split("/", maxSteps + 2);
    if (steps[0] !== "" || steps.length > maxSteps) continue;
    let node = top;
    for (const step of steps.slice(1)) {
      const below = node.below.get(step) ?? newNode();
      node.below.set(step, below);
      node = below;
    }
    // Forms send every end of a line as two characters.
    node.values.push(value.replaceAll("\r\n", "\n"));
  }
  return read(field, top);
}

function newNode(): Node {
  return { values: [], below: new Map() };
}

function read(field: Field, node: Node | undefined): Tree {
  switch (field.kind) {
    case "text":
    case "number":
    case "choice":
    case "lines":
      return first(node);
    case "flag":
      return node !== undefined && node.values.length > 0;
    case "choices":
      return node?.values ?? [];
    case "value":
      return { type: first(node?.below.get("type")), text: first(node?.below.get("text")) };
    case "group":
      return mapMembers(field, (member, name) => read(member, node?.below.get(name)));
    case "list":
      return rowsIn(node).map((row) => read(field.item, row));
    case "named":
      return rowsIn(node).map((row) => ({
        ...branches(read(field.item, row)),
        [ownName]: first(row.below.get(ownName)),
      }));
    case "conditions":
      return rowsIn(node).flatMap((row): readonly Tree[] => {
        const type = first(row.below.get(ownName));
        if (!isConditionType(type)) return [];
        return [{ ...branches(read(conditionFields(type), row)), [ownName]: type }];
      });
  }
}

function first(node: Node | undefined): string {
  return node?.values[0] ?? "";
}

function branches(tree: Tree): Readonly<Record<string, Tree>> {
  return typeof tree === "object" && !Array.isArray(tree) ? (tree as Record<string, Tree>) : {};
}

function rowsIn(node: Node | undefined): readonly Node[] {
  return [...(node?.below ?? [])]
    .filter(([step]) => /^\d{1,6}$/u.test(step))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, row]) => row);
}
