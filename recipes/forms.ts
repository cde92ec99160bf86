import type * as v from "valibot";

// What a shape takes, in words: for who writes a recipe, and for the page that describes recipes.
// Browsers have no use for them, and this file is not part of the extension.

/** The parts of a schema that can be told. Each schema, and each step of its pipe, is such a node. */
export interface ShapeNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, ShapeNode>>;
  readonly wrapped?: ShapeNode;
  readonly item?: ShapeNode;
  readonly value?: unknown;
  readonly options?: readonly unknown[];
  readonly pipe?: readonly ShapeNode[];
  readonly requirement?: unknown;
  readonly default?: unknown;
}

/** A schema as a node. */
export function nodeOf(schema: v.GenericSchema): ShapeNode {
  return schema;
}

/** The node below `optional` and `nullable`. */
export function unwrapped(node: ShapeNode): ShapeNode {
  return node.wrapped === undefined ? node : unwrapped(node.wrapped);
}

/** What a node takes, for example `a whole number, at least 1`. */
export function formOf(node: ShapeNode): string {
  if (node.type === "nullable" && node.wrapped !== undefined)
    return `${formOf(node.wrapped)}, or null`;
  if (node.wrapped !== undefined) return formOf(node.wrapped);
  const [, ...steps] = node.pipe ?? [];
  const said = steps.map((step) => wordsOf(step.type, step.requirement, node.type));
  // A pattern and a whole number say what kind of thing they are made of.
  if (steps.some(({ type }) => type === "regex")) return said.at(-1) ?? "";
  if (steps.some(({ type }) => type === "safe_integer")) return said.join(", ");
  return [wordsOf(node.type, node.options, node.type), ...said].join(", ");
}

/** What was expected where a schema complains. */
export function expectedBy(issue: v.BaseIssue<unknown>): string {
  const kind = Array.isArray(issue.input) ? "array" : typeof issue.input;
  if (issue.kind === "validation") return wordsOf(issue.type, issue.requirement, kind);
  // A schema's own choices are told only as text: `("default" | "user")`, `(string | number)`.
  const choices = (issue.expected ?? "").replaceAll(/[()]/gu, "").split(" | ");
  if (issue.type === "picklist")
    return `one of ${choices.map((one) => one.replaceAll('"', "")).join(", ")}`;
  return [...new Set(choices.map((type) => types[type.toLowerCase()] ?? type))].join(" or ");
}

const types: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

/** Patterns by their source. */
const patterns: Readonly<Record<string, string>> = {
  "^[A-Za-z0-9\\-_]+$": "letters, digits, - and _",
  "^[a-z0-9\\-_]+$": "lower-case letters, digits, - and _",
  "^[0-9a-f]{64}$": "64 hex digits in lower case",
  "^\\P{Cc}{1,100}$": "a text of 1 to 100 characters on one line",
  "^(?:https:\\/\\/[^\\s/?#@\\\\]+(?:[/?#]\\S*)?)?$":
    "an https: address without a user's name, or an empty text",
  "^(?:0|[1-9]\\d{0,15})$": "a whole number without leading zeros",
};

function wordsOf(type: string, requirement: unknown, kind: string): string {
  const bound = String(requirement);
  const [one, many] = kind === "array" ? ["entry", "entries"] : ["character", "characters"];
  const unit = bound === "1" ? one : many;
  switch (type) {
    case "regex":
      return requirement instanceof RegExp
        ? (patterns[requirement.source] ?? requirement.source)
        : bound;
    case "picklist":
      return `one of ${Array.isArray(requirement) ? requirement.join(", ") : bound}`;
    case "union":
      return Array.isArray(requirement)
        ? requirement.map((one) => formOf(one as ShapeNode)).join(", or ")
        : bound;
    case "safe_integer":
      return "a whole number";
    case "min_value":
      return `at least ${bound}`;
    case "max_value":
      return `at most ${bound}`;
    case "min_length":
      return `at least ${bound} ${unit}`;
    case "max_length":
      return `at most ${bound} ${unit}`;
    case "url":
      return "an address (URL)";
    default:
      return types[type] ?? type;
  }
}
