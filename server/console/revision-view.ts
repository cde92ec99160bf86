import { html } from "hono/html";
import { canonicalAction } from "#recipes/aliases.ts";
import { actionDocs } from "#recipes/argument-docs.ts";
import { RecipeError } from "#recipes/errors.ts";
import { conditionsOf } from "#recipes/filter-conditions.ts";
import { parseFilter } from "#recipes/filter.ts";
import { printFilter } from "#recipes/filter-print.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import type { StoredRevision } from "../store/ports.ts";
import { branchBar, sampleBars } from "./forms/bars.ts";
import type { Markup } from "./layout.ts";
import { percent, written } from "./words.ts";

/** What a revision says, for people: what it does, and to which browsers. */
export function revisionView({ body, action }: StoredRevision): Markup {
  const said: unknown = JSON.parse(body);
  const name = canonicalAction(action);
  const filter = memberOf(said, "filter_expression");
  return html`<section class="card">
      <h2>What it does</h2>
      <p><code>${action}</code> ${name === undefined ? "" : plain(actionDocs[name].doc)}</p>
      ${argumentsView(memberOf(said, "arguments"))}
    </section>
    <section class="card">
      <h2>Which browsers</h2>
      ${filterView(typeof filter === "string" ? filter : "")}
    </section>`;
}

/** The tables' words are Markdown of one kind: names in backticks. */
function plain(text: string): readonly (Markup | string)[] {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

function argumentsView(said: unknown): Markup {
  if (!isObject(said)) return html``;
  const entries = Object.entries(said) as readonly (readonly [string, unknown])[];
  const isList = (value: unknown): value is readonly unknown[] =>
    Array.isArray(value) && value.every(isObject);
  return html`<dl class="facts">
      ${entries
        .filter(([, value]) => !isList(value))
        .map(
          ([name, value]) =>
            html`<dt>${label(name)}</dt>
              <dd>${typeof value === "string" && value !== "" ? value : written(value)}</dd>`,
        )}
    </dl>
    ${entries.map(([name, value]) => {
      if (!isList(value)) return "";
      return name === "branches" ? branchTable(value) : listTable(name, value);
    })}`;
}

/** `userFacingName` is read as "User facing name". */
function label(name: string): string {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function branchTable(branches: readonly unknown[]): Markup {
  const ratioOf = (branch: unknown): number => Number(memberOf(branch, "ratio") ?? 0);
  const total = branches.reduce((sum: number, branch) => sum + ratioOf(branch), 0);
  return html`${branchBar(branches) ?? ""}
    <div class="wide">
      <table>
        <caption>
          Branches
        </caption>
        <thead>
          <tr>
            <th scope="col">Branch</th>
            <th scope="col">Share</th>
            <th scope="col">What it changes</th>
          </tr>
        </thead>
        <tbody>
          ${branches.map(
            (branch) =>
              html`<tr>
                <th scope="row">${memberOf(branch, "slug")}</th>
                <td>
                  ${total > 0 ? percent(ratioOf(branch) / total) : ""}
                  <small>ratio ${memberOf(branch, "ratio")}</small>
                </td>
                <td>${branchChanges(branch)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function branchChanges(branch: unknown): Markup {
  const preferences = memberOf(branch, "preferences");
  const entries = isObject(preferences) ? Object.entries(preferences) : [];
  const {
    slug: _slug,
    ratio: _ratio,
    preferences: _own,
    ...rest
  } = { ...(branch as object) } as {
    readonly [name: string]: unknown;
  };
  const others = Object.entries(rest).filter(([, value]) => value !== null);
  if (entries.length === 0 && others.length === 0) return html`nothing`;
  return html`<ul>
    ${entries.map(([name, preference]: [string, unknown]) => {
      const isUsers = memberOf(preference, "preferenceBranchType") === "user";
      return html`<li>
        <code>${name}</code> = ${written(memberOf(preference, "preferenceValue"))}
        ${isUsers ? html`<small>as if the person had set it</small>` : ""}
      </li>`;
    })}
    ${others.map(([name, value]) => html`<li>${label(name)}: ${written(value)}</li>`)}
  </ul>`;
}

function listTable(name: string, list: readonly unknown[]): Markup {
  const columns = [...new Set(list.flatMap((item) => (isObject(item) ? Object.keys(item) : [])))];
  return html`<div class="wide">
    <table>
      <caption>
        ${label(name)}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${label(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${list.map(
          (item) =>
            html`<tr>
              ${columns.map((column) => html`<td>${written(memberOf(item, column))}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function filterView(filter: string): Markup {
  if (filter.trim() === "" || filter.trim() === "true") return html`<p>Every browser.</p>`;
  return html`${conditionList(filter)} ${sampleBars(filter)}
    <details>
      <summary>The filter as it is written</summary>
      <pre><code>${filter}</code></pre>
    </details>`;
}

function conditionList(filter: string): Markup {
  try {
    const conditions = conditionsOf(parseFilter(filter));
    return html`<p>${conditions.length === 1 ? "One condition:" : "All of these conditions:"}</p>
      <ul class="conditions">
        ${conditions.map((condition) => html`<li><code>${printFilter(condition)}</code></li>`)}
      </ul>`;
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    return html`<p class="note bad">No browser can read this filter: ${error.message}</p>`;
  }
}
