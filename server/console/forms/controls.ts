import { html } from "hono/html";
import type { Finding } from "../../errors.ts";

// One field of a form, with its label, its words and what is wrong with it, in a way that screen
// readers tell as well.

export type Html = ReturnType<typeof html>;

/** What a form says of its fields, by their names. */
export interface Remarks {
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  readonly warnings: ReadonlyMap<string, readonly Finding[]>;
}

export interface Labelled {
  /** The name that it is posted under. */
  readonly name: string;
  readonly label: string;
  /** In a sentence; \`code\` is set as such. */
  readonly doc: string;
}

/** One line of text. */
export function lineInput(
  one: Labelled,
  value: string,
  remarks: Remarks,
  options: { readonly isNumber?: boolean; readonly list?: string } = {},
): Html {
  // Not of type number: what is no number is shown again, with what is wrong with it.
  return field(
    one,
    remarks,
    html`<input
      id="${one.name}"
      name="${one.name}"
      value="${value}"
      autocomplete="off"
      spellcheck="false"
      ${options.isNumber === true ? html`inputmode="decimal"` : ""}
      ${options.list === undefined ? "" : html`list="${options.list}"`}
      ${described(one, remarks)}
    />`,
  );
}

/** Several lines of text. */
export function textInput(
  one: Labelled,
  value: string,
  remarks: Remarks,
  options: { readonly rows: number; readonly isFilter?: boolean },
): Html {
  // The first end of a line after the tag is not part of the text.
  return field(
    one,
    remarks,
    html`<textarea
      id="${one.name}"
      name="${one.name}"
      rows="${String(options.rows)}"
      spellcheck="false"
      ${options.isFilter === true ? html`data-filter` : ""}
      ${described(one, remarks)}
    >
${value}</textarea>`,
  );
}

export function checkbox(one: Labelled, isOn: boolean, remarks: Remarks): Html {
  return html`<div class="field">
    <label
      ><input
        type="checkbox"
        id="${one.name}"
        name="${one.name}"
        value="on"
        ${isOn ? "checked" : ""}
        ${described(one, remarks)}
      />
      ${one.label}</label
    >
    ${words(one, remarks)}
  </div>`;
}

export function select(
  one: Labelled,
  value: string,
  options: readonly string[],
  remarks: Remarks,
): Html {
  return field(
    one,
    remarks,
    html`<select id="${one.name}" name="${one.name}" ${described(one, remarks)}>
      ${optionsOf(options, value)}
    </select>`,
  );
}

/** The options of a select; a value that is none of them is shown as one, so that it is not lost. */
export function optionsOf(options: readonly string[], value: string): readonly Html[] {
  const all = options.includes(value) ? options : [...options, value];
  return all.map(
    (name) => html`<option value="${name}" ${name === value ? "selected" : ""}>${name}</option>`,
  );
}

export function checkboxes(
  one: Labelled,
  values: readonly string[],
  options: readonly string[],
  remarks: Remarks,
): Html {
  // What is chosen stands first, in its own order, which is posted as it stands.
  const all = [...values, ...options.filter((name) => !values.includes(name))];
  return html`<fieldset class="field">
    <legend>${one.label}</legend>
    ${all.map(
      (name) =>
        html`<label
          ><input
            type="checkbox"
            name="${one.name}"
            value="${name}"
            ${values.includes(name) ? "checked" : ""}
          />
          ${name}</label
        >`,
    )}
    ${words(one, remarks)}
  </fieldset>`;
}

/** What is said about a place that has no control of its own. */
export function remarksAt(name: string, { findings, warnings }: Remarks): Html | "" {
  const said = [
    ...(findings.get(name) ?? []).map((one) => ({ ...one, kind: "error" })),
    ...(warnings.get(name) ?? []).map((one) => ({ ...one, kind: "warning" })),
  ];
  if (said.length === 0) return "";
  return html`<ul class="remarks" id="${name}:remarks">
    ${said.map(
      ({ kind, message, code }) => html`<li class="${kind}">${message} <code>${code}</code></li>`,
    )}
  </ul>`;
}

/** Words with \`code\` in them. */
export function prose(text: string): readonly Html[] {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function field(one: Labelled, remarks: Remarks, control: Html): Html {
  return html`<div class="field">
    <label for="${one.name}">${one.label}</label>
    ${control} ${words(one, remarks)}
  </div>`;
}

function words(one: Labelled, remarks: Remarks): Html {
  const hint =
    one.doc === "" ? "" : html`<p class="hint" id="${one.name}:hint">${prose(one.doc)}</p>`;
  return html`${hint}${remarksAt(one.name, remarks)}`;
}

function described({ name, doc }: Labelled, { findings, warnings }: Remarks): Html | "" {
  const isSaid = findings.has(name) || warnings.has(name);
  const ids = [...(doc === "" ? [] : [`${name}:hint`]), ...(isSaid ? [`${name}:remarks`] : [])];
  const invalid = findings.has(name) ? html` aria-invalid="true"` : "";
  return ids.length === 0 ? "" : html`aria-describedby="${ids.join(" ")}"${invalid}`;
}
