import { html } from "hono/html";
import { type FilterObjectType, filterObjects } from "#recipes/filter-objects.ts";
import {
  checkbox,
  checkboxes,
  type Html,
  type Labelled,
  lineInput,
  optionsOf,
  type Remarks,
  remarksAt,
  select,
  textInput,
} from "./controls.ts";
import { conditionFields, type Field, type Group } from "./field.ts";
import { branchesOf, isConditionType, leafOf, nameOf, ownName, rowsOf, type Tree } from "./tree.ts";

/** What goes through a form while it is drawn. */
export interface Drawing {
  readonly remarks: Remarks;
  /** The words of a member by its place, as `arguments.branches[].ratio`; empty where there are none. */
  readonly docOf: (place: string) => string;
}

/** Where a field stands: its name in the form, and its place in the words about it. */
interface Spot {
  readonly name: string;
  readonly place: string;
  readonly label: string;
}

const valueTypes = ["string", "number", "boolean"] as const;

/** A field and all that is below it. */
export function drawField(
  field: Field,
  tree: Tree | undefined,
  spot: Spot,
  drawing: Drawing,
): Html {
  const { remarks } = drawing;
  const one: Labelled & Spot = { ...spot, doc: drawing.docOf(spot.place) };
  switch (field.kind) {
    case "text":
      return isLong(spot.place)
        ? textInput(one, leafOf(tree), remarks, { rows: 3 })
        : lineInput(one, leafOf(tree), remarks);
    case "number":
      return lineInput(one, leafOf(tree), remarks, { isNumber: true });
    case "flag":
      return checkbox(one, tree === true, remarks);
    case "choice":
      return select(one, leafOf(tree), field.options, remarks);
    case "value":
      return drawValue(field, tree, one, remarks);
    case "lines": {
      const text = leafOf(tree);
      const rows = Math.min(10, text.split("\n").length + 1);
      const doc = `${one.doc === "" ? "" : `${one.doc} `}One a line.`;
      return textInput({ ...one, doc }, text, remarks, { rows });
    }
    case "choices":
      return checkboxes(one, rowsOf(tree).map(leafOf), field.options, remarks);
    case "group":
      return html`${drawMembers(field, tree, spot, drawing)}`;
    case "list":
    case "named":
      return drawRows(field, tree, one, drawing);
    case "conditions":
      return drawConditions(field, tree, one, drawing);
  }
}

/** The members of a group, in the order of its shape. */
export function drawMembers(
  group: Group,
  tree: Tree | undefined,
  spot: Pick<Spot, "name" | "place">,
  drawing: Drawing,
): readonly Html[] {
  const branches = branchesOf(tree);
  return Object.entries(group.members).map(([name, member]) => {
    const place = spot.place === "" ? name : `${spot.place}.${name}`;
    const below: Spot = { name: `${spot.name}/${name}`, place, label: labelOf(name) };
    return drawField(member, branches[name], below, drawing);
  });
}

function drawValue(
  { typedBy }: Extract<Field, { kind: "value" }>,
  tree: Tree | undefined,
  one: Labelled,
  remarks: Remarks,
): Html {
  const { type = "string", text = "" } = branchesOf(tree);
  const input: Labelled = { ...one, name: `${one.name}/text` };
  // What is wrong with a value is said of it as a whole.
  const moved = (of: Remarks["findings"]): Remarks["findings"] =>
    new Map([[input.name, of.get(one.name) ?? []]].filter(([, said]) => said?.length !== 0) as []);
  const said = { findings: moved(remarks.findings), warnings: moved(remarks.warnings) };
  const typeSelect =
    typedBy === undefined
      ? select(
          { name: `${one.name}/type`, label: `${one.label}: type`, doc: "" },
          leafOf(type),
          valueTypes,
          said,
        )
      : "";
  return html`${typeSelect}${lineInput(input, leafOf(text), said)}`;
}

function drawRows(
  field: Extract<Field, { kind: "list" | "named" }>,
  tree: Tree | undefined,
  one: Labelled & Spot,
  drawing: Drawing,
): Html {
  const noun = singular(one.label);
  const place = field.kind === "named" ? `${one.place}.*` : `${one.place}[]`;
  const rows = rowsOf(tree).map((row, index) => {
    const name = `${one.name}/${String(index)}`;
    const title = `${capital(noun)} ${String(index + 1)}`;
    const own =
      field.kind === "named"
        ? lineInput(
            { name: `${name}/${ownName}`, label: `${capital(noun)} name`, doc: "" },
            nameOf(row),
            drawing.remarks,
          )
        : "";
    return html`<fieldset class="row">
      <legend>${title}</legend>
      ${remarksAt(name, drawing.remarks)} ${own}
      ${drawMembers(field.item, row, { name, place }, drawing)}
      <button name="do" value="remove ${name}">Remove ${title.toLowerCase()}</button>
    </fieldset>`;
  });
  return html`<fieldset class="rows">
    <legend>${one.label}</legend>
    ${one.doc === "" ? "" : html`<p class="hint">${one.doc.replaceAll("`", "")}</p>`}
    ${remarksAt(one.name, drawing.remarks)} ${rows}
    <button name="do" value="add ${one.name}">Add ${article(noun)} ${noun}</button>
  </fieldset>`;
}

const conditionTypes = Object.keys(filterObjects);

function drawConditions(
  field: Extract<Field, { kind: "conditions" }>,
  tree: Tree | undefined,
  one: Labelled & Spot,
  drawing: Drawing,
): Html {
  const rows = rowsOf(tree);
  const adder =
    field.one && rows.length > 0
      ? ""
      : html`<div class="adder">
          <label for="new ${one.name}">A condition</label>
          <select id="new ${one.name}" name="new ${one.name}">
            ${optionsOf(conditionTypes, conditionTypes[0] ?? "")}
          </select>
          <button name="do" value="add ${one.name}">Add it to ${one.label.toLowerCase()}</button>
        </div>`;
  return html`<fieldset class="conditions">
    <legend>${one.label}</legend>
    ${one.doc === "" ? "" : html`<p class="hint">${one.doc}</p>`}
    ${remarksAt(one.name, drawing.remarks)}
    ${rows.map((row, index) => drawCondition(row, `${one.name}/${String(index)}`, drawing))}
    ${adder}
  </fieldset>`;
}

function drawCondition(row: Tree, name: string, drawing: Drawing): Html {
  const type = nameOf(row);
  if (!isConditionType(type)) return html``;
  const title = labelOf(type);
  return html`<fieldset class="row">
    <legend>${title}</legend>
    <p class="hint">${docOfCondition(type)}</p>
    <input type="hidden" name="${name}/${ownName}" value="${type}" />
    ${remarksAt(name, drawing.remarks)}
    ${drawMembers(conditionFields(type), row, { name, place: `${type} ` }, drawing)}
    <button name="do" value="remove ${name}">Remove ${title.toLowerCase()}</button>
  </fieldset>`;
}

function docOfCondition(type: FilterObjectType): string {
  return filterObjects[type].doc.replaceAll("`", "");
}

/** `userFacingName` and `min_version` as people write them. */
function labelOf(name: string): string {
  const words = name
    .replaceAll("_", " ")
    .replaceAll(/([a-z])([A-Z])/gu, "$1 $2")
    .toLowerCase();
  return capital(words.replaceAll(/\b(?:url|uuid|id)\b/gu, (word) => word.toUpperCase()));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function singular(label: string): string {
  return label.toLowerCase().replace(/(?:(ch)es|s)$/u, "$1");
}

function article(noun: string): string {
  return /^[aeiou]/u.test(noun) ? "an" : "a";
}

/** Texts that people read take more than a line. */
function isLong(place: string): boolean {
  return /(?:Description|message|Message|expression)$/u.test(place);
}
