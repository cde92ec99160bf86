import { conditionFields, type Field } from "./field.ts";
import { blankRow, branchesOf, isConditionType, nameOf, rowsOf, type Tree } from "./tree.ts";

/** A press of a button that changes what a form asks for: a row more, or one less. */
export type Change =
  | { readonly do: "add"; readonly at: Steps; readonly type: string }
  | { readonly do: "remove"; readonly at: Steps };

type Steps = readonly string[];

/**
 * Reads a button's value, as `add /arguments/branches` or `remove /filter_object/0`.
 *
 * @param typeFor - the type that was chosen for a new condition at a place
 * @returns `undefined` for what no button says
 */
export function changeIn(said: string, typeFor: (at: string) => string): Change | undefined {
  const [, verb, at = ""] = /^(add|remove) ((?:\/[^/]+)+)$/u.exec(said) ?? [];
  const steps = at.split("/").slice(1);
  if (verb === "add") return { do: "add", at: steps, type: typeFor(at) };
  return verb === "remove" ? { do: "remove", at: steps } : undefined;
}

/** The form after a change; the same where it has no such place. */
export function changed(field: Field, tree: Tree, change: Change): Tree {
  return at(field, tree, change.at, change);
}

function at(field: Field, tree: Tree, [step, ...rest]: Steps, change: Change): Tree {
  if (step === undefined) {
    const row = change.do === "add" ? blankRow(field, change.type) : undefined;
    return row === undefined ? tree : [...rowsOf(tree), row];
  }
  if (field.kind === "group") {
    const below = field.members[step];
    const branch = branchesOf(tree)[step];
    if (below === undefined || branch === undefined) return tree;
    return { ...branchesOf(tree), [step]: at(below, branch, rest, change) };
  }
  if (field.kind !== "list" && field.kind !== "named" && field.kind !== "conditions") return tree;
  const index = Number(step);
  if (change.do === "remove" && rest.length === 0)
    return rowsOf(tree).filter((_row, place) => place !== index);
  return rowsOf(tree).map((row, place) =>
    place === index ? atRow(field, row, rest, change) : row,
  );
}

function atRow(
  field: Extract<Field, { kind: "list" | "named" | "conditions" }>,
  row: Tree,
  rest: Steps,
  change: Change,
): Tree {
  if (field.kind !== "conditions") return at(field.item, row, rest, change);
  const type = nameOf(row);
  return isConditionType(type) ? at(conditionFields(type), row, rest, change) : row;
}
