import { html } from "hono/html";
import { type ActionDoc, actionDocs } from "#recipes/argument-docs.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { RecipeError } from "#recipes/errors.ts";
import { withFilterExpression } from "../../authoring/filter-form.ts";
import { branchBar, sampleBars } from "./bars.ts";
import { type Html, lineInput, prose, remarksAt, textInput } from "./controls.ts";
import { drawField, drawMembers, type Drawing } from "./fields.ts";
import type { Remarks } from "./controls.ts";
import { type RecipeForm, recipeFields, recipeIn } from "./recipe-form.ts";
import { branchesOf, leafOf } from "./tree.ts";

/**
 * The fields of a recipe's form, for a page to put between the tags of a form: what was typed, what
 * is wrong with it, and what it comes to.
 */
export function drawRecipeForm(form: RecipeForm, remarks: Remarks): Html {
  const { action } = form;
  const docs: ActionDoc = actionDocs[action];
  const drawing: Drawing = {
    remarks,
    docOf: (place) => {
      const name = place.replace(/^arguments\./u, "");
      return Object.hasOwn(docs.arguments, name) ? (docs.arguments[name] ?? "") : "";
    },
  };
  const { members } = recipeFields(action);
  const tree = branchesOf(form.tree);
  const value = recipeIn(form);
  const filter = compiledFilter(value);
  const line = (name: string, label: string, doc: string): Html =>
    lineInput({ name: `/${name}`, label, doc }, leafOf(tree[name]), remarks);
  return html`<p>${prose(docs.doc)}</p>
    ${remarksAt("", remarks)}
    <fieldset>
      <legend>The recipe</legend>
      ${line("name", "Name", "For colleagues; browsers do not show it.")}
      ${
        members["slug"] === undefined
          ? ""
          : line("slug", "Slug", "Its name in events; without one it goes by its number.")
      }
    </fieldset>
    <fieldset>
      <legend>What it does</legend>
      ${drawArguments(form, drawing)}
      ${branchBar(memberOf(memberOf(value, "arguments"), "branches")) ?? ""}
    </fieldset>
    <fieldset>
      <legend>Which browsers</legend>
      ${
        members["filter_object"] === undefined
          ? ""
          : drawField(
              members["filter_object"],
              tree["filter_object"],
              { name: "/filter_object", place: "", label: "Conditions" },
              {
                ...drawing,
                docOf: (place) => (place === "" ? "All of them must let a browser in." : ""),
              },
            )
      }
      ${textInput(
        {
          name: "/extra_filter_expression",
          label: "Filter expression",
          doc: "Jexl, beside the conditions: both must let a browser in. `true` is every browser.",
        },
        leafOf(tree["extra_filter_expression"]),
        remarks,
        { rows: 4, isFilter: true },
      )}
      ${filter === "" ? "" : html`<p>Together: <code class="filter">${filter}</code></p>`}
      ${sampleBars(filter)}
    </fieldset>
    <details>
      <summary>Capabilities</summary>
      ${textInput(
        {
          name: "/capabilities",
          label: "Further capabilities",
          doc: "What a browser must be able to do beyond what the recipe itself shows. One a line; most recipes need none.",
        },
        leafOf(tree["capabilities"]),
        remarks,
        { rows: 2 },
      )}
    </details>`;
}

function drawArguments({ action, tree }: RecipeForm, drawing: Drawing): readonly Html[] {
  const field = recipeFields(action).members["arguments"];
  if (field?.kind !== "group") return [];
  const spot = { name: "/arguments", place: "arguments" };
  return drawMembers(field, branchesOf(tree)["arguments"], spot, drawing);
}

/** The filter that conditions and expression come to; empty where one of them cannot be read yet. */
function compiledFilter(recipe: object): string {
  try {
    const { value } = withFilterExpression(recipe);
    const filter = isObject(value) ? memberOf(value, "filter_expression") : undefined;
    return typeof filter === "string" ? filter : "";
  } catch (error) {
    // Its field says what is wrong.
    if (error instanceof RecipeError) return "";
    throw error;
  }
}
