import { conditionFields, type Field } from "./field.ts";
import { branchesOf, isBlank, isConditionType, nameOf, rowsOf, type Tree } from "./tree.ts";

/**
 * The field that a JSON Pointer into the recipe is about: the name that the form gives it. Where the
 * recipe goes deeper than the form, the deepest field on the way.
 */
export function placeOf(field: Field, tree: Tree, pointer: string): string {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return follow(field, tree, steps)
    .map((step) => `/${step}`)
    .join("");
}

function follow(field: Field, tree: Tree | undefined, steps: readonly string[]): readonly string[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  switch (field.kind) {
    case "group": {
      const below = Object.hasOwn(field.members, step) ? field.members[step] : undefined;
      return below === undefined ? [] : [step, ...follow(below, branchesOf(tree)[step], rest)];
    }
    case "list": {
      const row = rowsOf(tree)[Number(step)];
      return row === undefined ? [] : [step, ...follow(field.item, row, rest)];
    }
    case "named": {
      const place = rowsOf(tree).findLastIndex(
        (row) => nameOf(row) === step && !isBlank(field.item, row),
      );
      return place < 0 ? [] : [String(place), ...follow(field.item, rowsOf(tree)[place], rest)];
    }
    case "conditions": {
      // What is negated is one object, and stands in the form as the only row of a list.
      const [index, below] = field.one ? ["0", steps] : [step, rest];
      const row = rowsOf(tree)[Number(index)];
      const type = row === undefined ? undefined : nameOf(row);
      if (row === undefined || !isConditionType(type)) return [];
      return [index, ...follow(conditionFields(type), row, below)];
    }
    default:
      return [];
  }
}
