import { html } from "hono/html";
import type { Route } from "../routes/route.ts";
import { auditTable } from "./history-view.ts";
import { showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { visitorOf } from "./visitor.ts";

/** How many entries a page shows. */
const pageSize = 50;

/** Who did what, whatever it was done to. */
export function auditRoutes(parts: ConsoleParts): readonly Route[] {
  return [
    {
      path: "/console/audit/",
      handlers: {
        GET: async (context) => {
          const visitor = await visitorOf(parts, context);
          const newestFirst = (await parts.store.audit()).toReversed();
          const before = context.req.query("before") ?? "";
          const older = /^[1-9]\d{0,14}$/u.test(before)
            ? newestFirst.filter(({ seq }) => seq < Number(before))
            : newestFirst;
          const shown = older.slice(0, pageSize);
          const oldest = shown.at(-1);
          const further =
            oldest === undefined || older.length === shown.length
              ? ""
              : html`<p>
                  <a class="button quiet" href="/console/audit/?before=${oldest.seq}">Earlier</a>
                </p>`;
          const body = html`${
            shown.length === 0
              ? html`<p class="card">Nothing was done yet.</p>`
              : html`<div class="card">${auditTable(shown, { isOfOneRecipe: false })}</div>`
          }
          ${further}`;
          return showPage(context, visitor, {
            title: "What was done",
            place: "/console/audit/",
            body,
          });
        },
      },
    },
  ];
}
