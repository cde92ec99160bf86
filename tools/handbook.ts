import { aliases } from "#recipes/aliases.ts";
import { type ActionDoc, actionDocs } from "#recipes/argument-docs.ts";
import { actionNames, argumentShapes } from "#recipes/arguments.ts";
import { type AttributeSpec, attributes, targeting } from "#recipes/attributes.ts";
import { attributeLimitMs } from "#recipes/filter-context.ts";
import { filterLimits } from "#recipes/filter-scan.ts";
import type { FilterObjectSpec } from "#recipes/filter-object-spec.ts";
import { filterObjects } from "#recipes/filter-objects.ts";
import { formOf, nodeOf, type ShapeNode, unwrapped } from "#recipes/forms.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { type TransformDoc, transformDocs } from "#recipes/transform-docs.ts";
import { columns } from "#server/archive/columns.ts";
import { table } from "#telemetry/dictionary.ts";
import { eventLimits } from "#telemetry/events.ts";

// docs/recipes.md and docs/archive.md are written by hand, and their tables are read off the tables that
// the code itself obeys. A test holds each page against this file; `vitest -u` writes it.

/** Lines of each table of a page, by the name that its place there bears. */
export type Blocks = Readonly<Record<string, () => readonly string[]>>;

export const recipeBlocks = {
  actions: actionLines,
  aliases: aliasLines,
  attributes: () => attributeLines(attributes, "env"),
  targeting: () => attributeLines(targeting, "ctx"),
  transforms: transformLines,
  "filter-objects": filterObjectLines,
  limits: limitLines,
} as const satisfies Blocks;

export const archiveBlocks = { columns: columnLines } as const satisfies Blocks;

/** The page with each of its tables as the code has it now. @throws Error when one has no place in it */
export function withTables(page: string, blocks: Blocks): string {
  let filled = page;
  for (const [name, lines] of Object.entries(blocks)) {
    const [begin, end] = [`<!-- table: ${name} -->`, "<!-- end of table -->"];
    const from = filled.indexOf(begin);
    const to = filled.indexOf(end, from);
    if (from === -1 || to === -1) throw new Error(`the page has no place for the table ${name}`);
    const body = lines().join("\n").trimEnd();
    filled = `${filled.slice(0, from)}${begin}\n\n${body}\n\n${filled.slice(to)}`;
  }
  return filled;
}

/** One argument, however deep. */
export interface ArgumentRow {
  /** For example `branches[].preferences.*.preferenceType`. */
  readonly path: string;
  readonly form: string;
  /** JSON, or "required". */
  readonly otherwise: string;
}

/** Every argument of a shape, each before those inside it. What the server writes has no inside for authors. */
export function argumentRows(shape: ShapeNode, path = ""): readonly ArgumentRow[] {
  const { entries = {} } = unwrapped(shape);
  return Object.entries(entries).flatMap(([name, node]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const row = { path: here, form: formOf(node), otherwise: otherwiseOf(node) };
    return name === "addon" ? [row] : [row, ...rowsInside(unwrapped(node), here)];
  });
}

function rowsInside(node: ShapeNode, path: string): readonly ArgumentRow[] {
  if (node.item !== undefined) return argumentRows(node.item, `${path}[]`);
  if (node.type === "record") return argumentRows(node.value as ShapeNode, `${path}.*`);
  return argumentRows(node, path);
}

function otherwiseOf(node: ShapeNode): string {
  if (node.type !== "optional") return "required";
  return node.default === undefined ? "" : code(JSON.stringify(node.default));
}

function columnLines(): readonly string[] {
  const rows = Object.entries(columns).map(([name, { type, doc }]) => [code(name), type, doc]);
  return table(["column", "type", "what it is"], rows);
}

function actionLines(): readonly string[] {
  return actionNames.flatMap((name) => {
    const { doc, arguments: docs }: ActionDoc = actionDocs[name];
    const rows = argumentRows(nodeOf(argumentShapes[name])).map(({ path, form, otherwise }) => [
      code(path),
      form,
      otherwise,
      docs[path] ?? "",
    ]);
    const head = ["argument", "form", "when left out", "what it is"];
    return [`### ${code(name)}`, "", doc, "", ...table(head, rows)];
  });
}

function aliasLines(): readonly string[] {
  const rows = Object.entries(aliases).map(([name, action]) => [code(name), code(action)]);
  return table(["Normandy's name", "is read as"], rows);
}

function attributeLines(
  specs: Readonly<Record<string, AttributeSpec>>,
  namespace: string,
): readonly string[] {
  return table(
    ["attribute", "type", "what it is", "what it tells of a person"],
    Object.entries(specs).map(([name, { type, optional, doc, privacy }]) => [
      code(`${namespace}.${name}`),
      optional === true ? `${type} or nothing` : type,
      doc,
      privacy,
    ]),
  );
}

function transformLines(): readonly string[] {
  return table(
    ["transform", "what it does", "for example", "comes to"],
    Object.entries<TransformDoc>(transformDocs).map(([name, { doc, example, value }]) => [
      code(name),
      doc,
      code(example),
      code(JSON.stringify(value)),
    ]),
  );
}

function filterObjectLines(): readonly string[] {
  return table(
    ["type", "whom it lets in", "for example"],
    Object.entries<FilterObjectSpec>(filterObjects).map(([type, { doc, example }]) => [
      code(type),
      doc,
      code(JSON.stringify({ type, ...example })),
    ]),
  );
}

function limitLines(): readonly string[] {
  const { characters, depth, ternaries, tokens } = filterLimits;
  return table(
    ["limit", "at most"],
    [
      ["a filter's length", `${String(characters)} characters, ${String(tokens)} tokens`],
      ["brackets inside each other", String(depth)],
      ["choices (`a ? b : c`) in a filter", String(ternaries)],
      ["waiting for one attribute", `${String(attributeLimitMs / 1_000)} seconds`],
      ["a slug", `${String(eventLimits.valueBytes)} bytes`],
      ["a recipe", `${String(wireLimits.bodyBytes / 1_024)} KiB`],
      ["live recipes of a server", String(wireLimits.recipes)],
    ],
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
