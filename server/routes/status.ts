import { html } from "hono/html";
import type { RecipeStore } from "../store/ports.ts";
import type { Route } from "./route.ts";
import { sendFailuresPage } from "./send-failures.ts";

export interface StatusParts {
  readonly store: RecipeStore;
  readonly env: string;
  readonly version: string;
}

/** One plain page: what is live here, and where to look further. */
export function statusRoutes({ store, env, version }: StatusParts): readonly Route[] {
  return [
    {
      path: "/",
      handlers: {
        GET: async (context) => {
          const live = await store.liveRevisions();
          const publication = await store.latestPublication();
          const signed =
            publication === undefined
              ? "Nothing has been published."
              : `Manifest ${publication.ep}.${publication.n}, signed ${new Date(publication.createdMs).toISOString()}.`;
          const rows = live.map(
            (revision) =>
              html`<tr>
                <td>${revision.recipeId}</td>
                <td>${revision.slug}</td>
                <td>${revision.action}</td>
                <td>${revision.revisionId}</td>
                <td>${revision.name}</td>
              </tr>`,
          );
          const table = html`<table>
            <thead>
              <tr>
                <th scope="col">Id</th>
                <th scope="col">Slug</th>
                <th scope="col">Action</th>
                <th scope="col">Revision</th>
                <th scope="col">Name</th>
              </tr>
            </thead>
            <tbody>
              ${rows}
            </tbody>
          </table>`;
          const events =
            env === "development"
              ? html`<li><a href="/api/v1/events/">Events received</a></li>
                  <li><a href="${sendFailuresPage}">Pings that could not be sent</a></li>`
              : "";
          return context.html(
            html`<!doctype html>
              <html lang="en">
                <head>
                  <meta charset="utf-8" />
                  <meta name="viewport" content="width=device-width" />
                  <title>Mulberry</title>
                </head>
                <body>
                  <h1>Mulberry</h1>
                  <p>Version ${version}, ${env}. ${signed}</p>
                  <h2>Live recipes</h2>
                  ${live.length === 0 ? html`<p>None.</p>` : table}
                  <h2>More</h2>
                  <ul>
                    <li><a href="/v2/bundle.json">Signed bundle</a></li>
                    <li><a href="/api/v1/recipe/">All recipes</a></li>
                    ${events}
                    <li><a href="/__heartbeat__">Health</a></li>
                  </ul>
                </body>
              </html>`,
          );
        },
      },
    },
  ];
}
