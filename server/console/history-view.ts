import { html } from "hono/html";
import type { StoredAudit } from "../store/ports-people.ts";
import type { StoredRecipe, StoredRevision } from "../store/ports.ts";
import type { Markup } from "./layout.ts";
import { recipePath, revisionPath } from "./paths.ts";
import { moment, whoDid } from "./words.ts";

/** Every revision of a recipe, newest first. */
export function revisionsView(recipe: StoredRecipe, revisions: readonly StoredRevision[]): Markup {
  return html`<section class="card">
    <h2>Revisions</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Revision</th>
            <th scope="col">By</th>
            <th scope="col">When</th>
            <th scope="col">Comment</th>
          </tr>
        </thead>
        <tbody>
          ${revisions.toReversed().map(
            ({ number, author, createdMs, comment }) =>
              html`<tr>
                <th scope="row">
                  <a href="${revisionPath(recipe.id, number)}">${number}</a>
                  ${number === recipe.live ? html`<span class="chip good">Live</span>` : ""}
                </th>
                <td>${whoDid(author)}</td>
                <td>${moment(createdMs)}</td>
                <td>${comment}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** Who did what, newest first. @param options.isOfOneRecipe - nothing has to say which */
export function auditTable(
  entries: readonly StoredAudit[],
  { isOfOneRecipe }: { readonly isOfOneRecipe: boolean },
): Markup {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          ${isOfOneRecipe ? "" : html`<th scope="col">To what</th>`}
          <th scope="col">Comment</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(
          ({ atMs, who, what, recipeId, subject, comment }) =>
            html`<tr>
              <td>${moment(atMs)}</td>
              <td>${whoDid(who)}</td>
              <td>${what}</td>
              ${
                isOfOneRecipe
                  ? ""
                  : html`<td>
                      ${
                        recipeId === null
                          ? subject
                          : html`<a href="${recipePath(recipeId)}">recipe ${recipeId}</a>`
                      }
                    </td>`
              }
              <td>${comment}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
