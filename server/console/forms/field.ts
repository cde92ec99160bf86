import type { GenericSchema } from "valibot";
import { type ActionName, argumentShapes, preferenceBranches } from "#recipes/arguments.ts";
import { type FilterObjectType, filterObjects } from "#recipes/filter-objects.ts";
import { nodeOf, type ShapeNode } from "#recipes/forms.ts";

// A form is read off the shapes that recipes are parsed by: an argument that is added there has its
// field here, and no form can say what no recipe could.

/** What one place of a recipe looks like in a form. */
export type Field =
  | { readonly kind: "text"; readonly empty: Empty }
  | { readonly kind: "number"; readonly empty: Empty }
  | { readonly kind: "flag"; readonly unsaid: boolean }
  | { readonly kind: "choice"; readonly options: readonly string[]; readonly unsaid: string }
  /** A text, a number or a truth value, whose type stands beside it: in a select of its own, or in that member of its group. */
  | { readonly kind: "value"; readonly typedBy: string | undefined }
  /** Texts or numbers, one a line. */
  | { readonly kind: "lines"; readonly of: "text" | "number"; readonly isOptional: boolean }
  /** Any of a few. */
  | { readonly kind: "choices"; readonly options: readonly string[] }
  | Group
  | { readonly kind: "list"; readonly item: Group; readonly atLeast: number }
  /** Members under names that the author gives, as preferences are. */
  | { readonly kind: "named"; readonly item: Group }
  /** Filter objects; `one` in place of a list. */
  | { readonly kind: "conditions"; readonly one: boolean };

/** What an empty field says: `null`, an empty text, or that the member is not there. */
type Empty = "null" | "text" | "absent";

export interface Group {
  readonly kind: "group";
  readonly members: Readonly<Record<string, Field>>;
}

/** What the server writes into recipes itself. */
const written: readonly string[] = ["addon"];

/** The fields of an action's arguments. */
export function argumentFields(action: ActionName): Group {
  return groupOf(argumentShapes[action]);
}

/** The fields of a filter object, beside its type. */
export function conditionFields(type: FilterObjectType): Group {
  return groupOf(filterObjects[type].shape);
}

function groupOf(schema: GenericSchema): Group {
  const field = fieldOf(nodeOf(schema));
  return field.kind === "group" ? field : { kind: "group", members: {} };
}

function fieldOf(node: ShapeNode, isOptional = false, unsaid?: unknown): Field {
  switch (node.type) {
    case "optional":
      return fieldOf(inside(node), true, node.default);
    case "nullable": {
      const field = fieldOf(inside(node), isOptional, unsaid);
      return field.kind === "text" || field.kind === "number" ? { ...field, empty: "null" } : field;
    }
    case "number":
      return { kind: "number", empty: "absent" };
    case "boolean":
      return { kind: "flag", unsaid: unsaid === true };
    case "picklist": {
      const options = (node.options ?? []).map(String);
      return {
        kind: "choice",
        options,
        unsaid: typeof unsaid === "string" ? unsaid : (options[0] ?? ""),
      };
    }
    case "union":
      return { kind: "value", typedBy: undefined };
    case "object":
    case "strict_object":
      return { kind: "group", members: membersOf(node.entries ?? {}) };
    case "record":
      return { kind: "named", item: asGroup(fieldOf(node.value as ShapeNode)) };
    case "array":
      return listOf(node.item ?? unknownNode, atLeastIn(node), isOptional);
    case "unknown":
      return { kind: "conditions", one: true };
    default:
      return { kind: "text", empty: "text" };
  }
}

const unknownNode: ShapeNode = { type: "unknown" };

function inside(node: ShapeNode): ShapeNode {
  return node.wrapped ?? unknownNode;
}

function atLeastIn({ pipe = [] }: ShapeNode): number {
  const step = pipe.find(({ type }) => type === "min_length");
  return typeof step?.requirement === "number" ? step.requirement : 0;
}

function listOf(item: ShapeNode, atLeast: number, isOptional: boolean): Field {
  if (item.type === "unknown") return { kind: "conditions", one: false };
  const field = fieldOf(item);
  if (field.kind === "choice") return { kind: "choices", options: field.options };
  if (field.kind === "text" || field.kind === "number")
    return { kind: "lines", of: field.kind, isOptional };
  return { kind: "list", item: asGroup(field), atLeast };
}

function asGroup(field: Field): Group {
  return field.kind === "group" ? field : { kind: "group", members: {} };
}

function membersOf(entries: Readonly<Record<string, ShapeNode>>): Group["members"] {
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([name]) => !written.includes(name))
      .map(([name, node]) => [name, memberOf(name, node, entries)]),
  );
}

function memberOf(
  name: string,
  node: ShapeNode,
  among: Readonly<Record<string, ShapeNode>>,
): Field {
  // A client takes any text here, to tell of one that is none; an author has these.
  if (name === "preferenceBranchType")
    return { kind: "choice", options: preferenceBranches, unsaid: "default" };
  const field = fieldOf(node);
  return field.kind === "value" && Object.hasOwn(among, "preferenceType")
    ? { kind: "value", typedBy: "preferenceType" }
    : field;
}
