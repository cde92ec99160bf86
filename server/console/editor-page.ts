import { html } from "hono/html";
import { actionDocs } from "#recipes/argument-docs.ts";
import { actionNames } from "#recipes/arguments.ts";
import type { Preview } from "../preview/preview.ts";
import { prose, type Remarks } from "./forms/controls.ts";
import { drawRecipeForm } from "./forms/draw.ts";
import type { ReadForm, RecipeForm } from "./forms/recipe-form.ts";
import { formToken, type Markup } from "./layout.ts";
import { previewBody, whyBody, type WhyShown } from "./preview-body.ts";
import type { Visitor } from "./visitor.ts";
import { filterWords } from "./forms/filter-words.ts";

/** What the editor shows. */
export interface EditorState {
  readonly form: RecipeForm;
  /** Number of the revision that is edited; empty for a new recipe. */
  readonly base: string;
  readonly comment?: string;
  /** What came of reading the form, once somebody asked. */
  readonly read?: ReadForm;
  readonly preview?: Preview;
  readonly why?: WhyShown;
}

/** Which kind of recipe it is to be. */
export function actionsBody(path: string): Markup {
  return html`<p>What is it to do?</p>
    <ul class="choices">
      ${actionNames.map(
        (name) =>
          html`<li class="card">
            <h2><a href="${path}?action=${name}">${name}</a></h2>
            <p>${prose(actionDocs[name].doc)}</p>
          </li>`,
      )}
    </ul>`;
}

const nothing: Remarks = { findings: new Map(), warnings: new Map() };

/** The form of a recipe with what can be done with it. */
export function editorBody(visitor: Visitor, state: EditorState): Markup {
  const { form, base, comment = "", read, preview, why } = state;
  return html`${outcome(state)}
    <form class="recipe" method="post">
      ${formToken(visitor)}
      <input type="hidden" name="action" value="${form.action}" />
      <input type="hidden" name="base" value="${base}" />
      <button name="do" value="check" hidden>Check</button>
      ${drawRecipeForm(form, read ?? nothing)}
      <fieldset>
        <legend>For whoever reviews it</legend>
        <div class="field">
          <label for="comment">Comment</label>
          <input id="comment" name="comment" value="${comment}" autocomplete="off" />
          <p class="hint">What is new, and why.</p>
        </div>
      </fieldset>
      <fieldset>
        <legend>One browser</legend>
        <div class="field">
          <label for="client">Client id</label>
          <input id="client" name="client" value="${why?.clientId ?? ""}" autocomplete="off" />
          <p class="hint">Of a client that sent pings in the last 28 days.</p>
        </div>
        <button name="do" value="why">Why, or why not</button>
        ${why === undefined ? "" : whyBody(why)}
      </fieldset>
      <div class="row">
        <button name="do" value="check" class="quiet">Check</button>
        <button name="do" value="preview" class="quiet">Preview</button>
        <button name="do" value="save">Save as draft</button>
        <button name="do" value="request">Save and ask for review</button>
      </div>
      <datalist id="filter-words">
        ${filterWords.map(({ word, doc }) => html`<option value="${word}">${doc}</option>`)}
      </datalist>
    </form>
    ${preview === undefined ? "" : previewBody(preview)}`;
}

function outcome({ read, preview }: EditorState): Markup | "" {
  if (read === undefined) return "";
  const { findings, warnings, draft } = read;
  if (draft === undefined)
    return html`<div class="note bad" role="alert">
      <p>Not yet a recipe:</p>
      <ul>
        ${[...findings].map(
          ([place, [first]]) =>
            html`<li>
              <a href="#${place}">${place === "" ? "the recipe" : place.slice(1)}</a>:
              ${first?.message ?? ""} <code>${first?.code ?? ""}</code>
            </li>`,
        )}
      </ul>
    </div>`;
  const doubts = warnings.size === 0 ? "" : " What looks like a mistake is said where it stands.";
  return html`<p class="note good" role="status">
    Nothing is wrong with
    it.${doubts}${preview === undefined ? "" : html` <a href="#preview">What it would do</a>`}
  </p>`;
}
