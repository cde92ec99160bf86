import { html } from "hono/html";
import type { Route } from "../routes/route.ts";
import { aboutServer } from "./about.ts";
import { showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { visitorOf } from "./visitor.ts";

/** What there is, and what is to be done about it. */
export function listRoutes(parts: ConsoleParts): readonly Route[] {
  const { store } = parts;
  return [
    {
      path: "/console/",
      handlers: {
        GET: async (context) => {
          const visitor = await visitorOf(parts, context);
          const live = new Map(
            (await store.liveRevisions()).map((revision) => [revision.recipeId, revision]),
          );
          const rows = (await store.recipes()).map(
            ({ id, slug }) =>
              html`<tr>
                <td>${id}</td>
                <th scope="row">${slug}</th>
                <td>${live.get(id)?.action ?? ""}</td>
                <td>${live.has(id) ? "live" : ""}</td>
              </tr>`,
          );
          const body = html`${
            rows.length === 0
              ? html`<p class="card">No recipe has been written yet.</p>`
              : html`<div class="card wide">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Id</th>
                        <th scope="col">Recipe</th>
                        <th scope="col">Action</th>
                        <th scope="col">State</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${rows}
                    </tbody>
                  </table>
                </div>`
          }
          ${await aboutServer(parts)}`;
          return showPage(context, visitor, { title: "Recipes", place: "/console/", body });
        },
      },
    },
  ];
}
