import { html } from "hono/html";
import type { FailureReport } from "../aggregate/send-failures.ts";
import type { Route } from "../routes/route.ts";
import {
  askedReport,
  sendFailureFields,
  type SendFailureParts,
  type SendFailureQuery,
} from "../routes/send-failures.ts";
import { type Markup, showPage } from "./layout.ts";

/** Where the page is. */
export const sendFailuresPage = "/console/reports/send-failures/";

/** The report on pings that could not be sent, as a page; for whoever sits at the machine, as its JSON. */
export function sendFailurePages(parts: SendFailureParts): readonly Route[] {
  return [
    {
      path: sendFailuresPage,
      handlers: {
        GET: async (context) => {
          const [query, report] = await askedReport(parts, context);
          return showPage(context, undefined, {
            title: "Pings that could not be sent",
            body: html`${asking(query)} ${answer(report)}`,
          });
        },
      },
    },
  ];
}

function asking(query: SendFailureQuery): Markup {
  return html`<form class="card">
    <div class="row">
      ${Object.entries(sendFailureFields).map(
        ([name, { label, type }]) =>
          html`<label
            >${label}
            <input
              type="${type}"
              name="${name}"
              value="${query[name as keyof SendFailureQuery] ?? ""}"
          /></label>`,
      )}
      <button>Show</button>
    </div>
  </form>`;
}

function answer({ pings, total, rows }: FailureReport): Markup {
  if (total === 0) return html`<p class="card">${pings} pings tell of no failure.</p>`;
  return html`<div class="card">
    <table>
      <caption>
        ${total} failures in ${pings} pings
      </caption>
      <thead>
        <tr>
          <th scope="col">Share</th>
          <th scope="col">Kind</th>
          <th scope="col">Detail</th>
          <th scope="col">Count</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ share, failure: [kind, ...detail], count }) =>
            html`<tr>
              <td>${share}</td>
              <td>${kind}</td>
              <td>${detail.join(" ")}</td>
              <td>${count}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
