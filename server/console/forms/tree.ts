import { type FilterObjectType, filterObjects } from "#recipes/filter-objects.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { conditionFields, type Field, type Group } from "./field.ts";

/**
 * What stands in a form: every field as it was typed, so that nothing is lost of what a recipe could
 * not be made from. Lists hold what the form shows as rows.
 */
export type Tree = string | boolean | readonly Tree[] | Branches;

/** The members of a group; among them, in a row of `named`, its own name as `=`. */
export interface Branches {
  readonly [name: string]: Tree;
}

/** Where a row keeps the name that its author gave it, and a condition its type. */
export const ownName = "=";

/** What a form shows of a value; of one that is not there, what it begins with. */
export function toTree(field: Field, value: unknown): Tree {
  switch (field.kind) {
    case "text":
    case "number":
      return textOf(value);
    case "flag":
      return typeof value === "boolean" ? value : field.unsaid;
    case "choice":
      return typeof value === "string" ? value : field.unsaid;
    case "value":
      return { type: typeOfValue(value), text: textOf(value) };
    case "lines":
      return listIn(value).map(textOf).join("\n");
    case "choices":
      return listIn(value).map(textOf);
    case "group":
      return mapMembers(field, (member, name) => toTree(member, memberOf(value, name)));
    case "list": {
      const items = listIn(value).map((one) => toTree(field.item, one));
      return value === undefined && field.atLeast > 0 ? [toTree(field.item, undefined)] : items;
    }
    case "named":
      return Object.entries(isObject(value) ? value : {}).map(([name, one]) => ({
        ...branchesOf(toTree(field.item, one)),
        [ownName]: name,
      }));
    case "conditions": {
      const values = field.one ? (value === undefined ? [] : [value]) : listIn(value);
      return values.flatMap(conditionTree);
    }
  }
}

function conditionTree(value: unknown): readonly Tree[] {
  const type = memberOf(value, "type");
  if (!isConditionType(type)) return [];
  return [{ ...branchesOf(toTree(conditionFields(type), value)), [ownName]: type }];
}

/** An empty row for a field that has rows; of conditions, one of that type. */
export function blankRow(field: Field, type = ""): Tree | undefined {
  switch (field.kind) {
    case "list":
      return toTree(field.item, undefined);
    case "named":
      return { ...branchesOf(toTree(field.item, undefined)), [ownName]: "" };
    case "conditions":
      return conditionTree({ type })[0];
    default:
      return undefined;
  }
}

/** What a form says, as the JSON that a recipe file holds; `undefined` where it says nothing. */
export function toValue(field: Field, tree: Tree | undefined, beside?: Branches): unknown {
  switch (field.kind) {
    case "text":
      return leafOf(tree) !== "" || field.empty === "text" ? leafOf(tree) : emptyOf(field.empty);
    case "number":
      return leafOf(tree).trim() === "" ? emptyOf(field.empty) : numberIn(leafOf(tree));
    case "flag":
      return tree === true;
    case "choice":
      return leafOf(tree) === "" ? field.unsaid : leafOf(tree);
    case "value": {
      const { type = "", text = "" } = branchesOf(tree);
      const by = field.typedBy === undefined ? type : (beside?.[field.typedBy] ?? "");
      return typed(leafOf(by), leafOf(text));
    }
    case "lines": {
      const lines = linesOf(leafOf(tree));
      if (lines.length === 0 && field.isOptional) return undefined;
      return field.of === "number" ? lines.map(numberIn) : lines;
    }
    case "choices":
      return rowsOf(tree).map(leafOf);
    case "group": {
      const branches = branchesOf(tree);
      return withoutUndefined(
        mapMembers(field, (one, name) => toValue(one, branches[name], branches)),
      );
    }
    case "list":
      return rowsOf(tree).map((row) => toValue(field.item, row));
    case "named":
      // A row that says nothing is no row.
      return Object.fromEntries(
        rowsOf(tree)
          .filter((row) => !isBlank(field.item, row))
          .map((row) => [nameOf(row), toValue(field.item, row)]),
      );
    case "conditions": {
      const values = rowsOf(tree).flatMap((row) => conditionValue(row) ?? []);
      return field.one ? values[0] : values;
    }
  }
}

function conditionValue(row: Tree): object | undefined {
  const type = nameOf(row);
  if (!isConditionType(type)) return undefined;
  const members = toValue(conditionFields(type), row);
  return { type, ...(isObject(members) ? members : {}) };
}

/** Whether a name is a filter object's; an inherited name such as `constructor` is not. */
export function isConditionType(type: unknown): type is FilterObjectType {
  return typeof type === "string" && Object.hasOwn(filterObjects, type);
}

/** Whether nothing was typed into a row of `named`. */
export function isBlank(item: Group, row: Tree): boolean {
  const branches = branchesOf(row);
  const said = Object.entries(item.members).filter(
    ([, { kind }]) => kind === "text" || kind === "number" || kind === "value",
  );
  const texts = said.map(([name, { kind }]) =>
    leafOf(kind === "value" ? branchesOf(branches[name])["text"] : branches[name]),
  );
  return [nameOf(row), ...texts].every((text) => text === "");
}

/** The name that a row was given. */
export function nameOf(row: Tree): string {
  return leafOf(branchesOf(row)[ownName]);
}

export function leafOf(tree: Tree | undefined): string {
  return typeof tree === "string" ? tree : "";
}

export function rowsOf(tree: Tree | undefined): readonly Tree[] {
  return isRows(tree) ? tree : [];
}

export function branchesOf(tree: Tree | undefined): Branches {
  return typeof tree === "object" && !isRows(tree) ? tree : {};
}

function isRows(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/** One member after the other, in the order of the shape. */
export function mapMembers<T>(
  group: Group,
  make: (field: Field, name: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(group.members).map(([name, field]) => [name, make(field, name)]),
  );
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function typeOfValue(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? typeof value : "string";
}

/** What is of the type that it should be; anything else stays a text, and the parser says that it is one. */
function typed(type: string, text: string): unknown {
  switch (type) {
    case "number":
    case "integer":
      return numberIn(text);
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    default:
      return text;
  }
}

function numberIn(text: string): number | string {
  const trimmed = text.trim();
  return /^-?\d+(?:\.\d+)?$/u.test(trimmed) ? Number(trimmed) : text;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function emptyOf(empty: "null" | "text" | "absent"): unknown {
  return empty === "null" ? null : undefined;
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
