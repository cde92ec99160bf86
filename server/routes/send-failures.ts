import { html } from "hono/html";
import type { Ping } from "#telemetry/pings.ts";
import { type FailureReport, isBuildText, reportSendFailures } from "../aggregate/send-failures.ts";
import { ServerError } from "../errors.ts";
import type { Route, RouteContext } from "./route.ts";

export interface SendFailureParts {
  /** Accepted pings of a type, received from `since` until before `until`. */
  readonly pings: (filter: {
    readonly type: string;
    readonly since: string | undefined;
    readonly until: string | undefined;
  }) => AsyncIterable<{ readonly ping: Ping }>;
}

/** Where the page is. */
export const sendFailuresPage = "/console/reports/send-failures/";

/** What may stand in the query, and what it must look like. */
const isDate = (text: string): boolean => !Number.isNaN(Date.parse(text));
const fields = {
  since: { label: "Received from", type: "date", fits: isDate },
  until: { label: "Received before", type: "date", fits: isDate },
  build_from: { label: "Builds from", type: "text", fits: isBuildText },
  build_to: { label: "Builds to", type: "text", fits: isBuildText },
  channel: { label: "Channel", type: "text", fits: () => true },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly type: string; fits(text: string): boolean }>
>;
type Query = { readonly [F in keyof typeof fields]?: string };

/**
 * The report on pings that could not be sent, as JSON and as a page. It reads every `main` ping of its
 * range, so it is for whoever sits at the machine: `mulberry report` does the same elsewhere.
 */
export function sendFailureRoutes({ pings }: SendFailureParts): readonly Route[] {
  const answer = async (context: RouteContext): Promise<[Query, FailureReport]> => {
    const query = readQuery(context);
    const { since, until, build_from: buildFrom, build_to: buildTo, channel } = query;
    const stored = pings({ type: "main", since, until });
    return [query, await reportSendFailures(stored, { buildFrom, buildTo, channel })];
  };
  return [
    {
      path: "/api/v1/reports/send-failures/",
      handlers: {
        GET: async (context) => {
          const [, report] = await answer(context);
          return context.json(report, 200, { "cache-control": "no-store" });
        },
      },
    },
    {
      path: sendFailuresPage,
      handlers: {
        GET: async (context) => {
          const [query, report] = await answer(context);
          return context.html(page(query, report), 200, {
            "cache-control": "no-store",
            // As for every page, and a form that asks this server again.
            "content-security-policy":
              "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
          });
        },
      },
    },
  ];
}

/** A field that a form left empty restricts nothing. */
function readQuery(context: RouteContext): Query {
  const given = Object.entries(fields).flatMap(([name, { fits }]) => {
    const text = context.req.query(name) ?? "";
    if (text === "") return [];
    if (fits(text)) return [[name, text] as const];
    throw new ServerError("http/bad-request", `${name} cannot be read`, { at: `/${name}` });
  });
  return Object.fromEntries(given);
}

function page(query: Query, { pings, total, rows }: FailureReport): ReturnType<typeof html> {
  const inputs = Object.entries(fields).map(
    ([name, { label, type }]) =>
      html`<p>
        <label
          >${label}
          <input type="${type}" name="${name}" value="${query[name as keyof Query] ?? ""}"
        /></label>
      </p>`,
  );
  const table = html`<table>
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
  </table>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>Pings that could not be sent – Mulberry</title>
      </head>
      <body>
        <main>
          <h1>Pings that could not be sent</h1>
          <form>
            ${inputs}
            <p><button>Show</button></p>
          </form>
          ${total === 0 ? html`<p>${pings} pings tell of no failure.</p>` : table}
        </main>
        <p><a href="/">Mulberry</a></p>
      </body>
    </html>`;
}
