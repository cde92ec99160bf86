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

/** What may stand in the query, and what it must look like. */
const isDate = (text: string): boolean => !Number.isNaN(Date.parse(text));
export const sendFailureFields = {
  since: { label: "Received from", type: "date", fits: isDate },
  until: { label: "Received before", type: "date", fits: isDate },
  build_from: { label: "Builds from", type: "text", fits: isBuildText },
  build_to: { label: "Builds to", type: "text", fits: isBuildText },
  channel: { label: "Channel", type: "text", fits: () => true },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly type: string; fits(text: string): boolean }>
>;
export type SendFailureQuery = { readonly [F in keyof typeof sendFailureFields]?: string };

/**
 * What was asked for, and the report on it.
 *
 * @throws ServerError `http/bad-request` with the field
 */
export async function askedReport(
  { pings }: SendFailureParts,
  context: RouteContext,
): Promise<readonly [SendFailureQuery, FailureReport]> {
  const query = readQuery(context);
  const { since, until, build_from: buildFrom, build_to: buildTo, channel } = query;
  const stored = pings({ type: "main", since, until });
  return [query, await reportSendFailures(stored, { buildFrom, buildTo, channel })];
}

/**
 * The report on pings that could not be sent, as JSON. It reads every `main` ping of its range, so it
 * is for whoever sits at the machine: `mulberry report` does the same elsewhere.
 */
export function sendFailureRoutes(parts: SendFailureParts): readonly Route[] {
  return [
    {
      path: "/api/v1/reports/send-failures/",
      handlers: {
        GET: async (context) => {
          const [, report] = await askedReport(parts, context);
          return context.json(report, 200, { "cache-control": "no-store" });
        },
      },
    },
  ];
}

/** A field that a form left empty restricts nothing. */
function readQuery(context: RouteContext): SendFailureQuery {
  const given = Object.entries(sendFailureFields).flatMap(([name, { fits }]) => {
    const text = context.req.query(name) ?? "";
    if (text === "") return [];
    if (fits(text)) return [[name, text] as const];
    throw new ServerError("http/bad-request", `${name} cannot be read`, { at: `/${name}` });
  });
  return Object.fromEntries(given);
}
