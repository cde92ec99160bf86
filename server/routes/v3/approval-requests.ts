import { approve, reject, withdraw } from "../../authoring/approvals.ts";
import { ServerError } from "../../errors.ts";
import type { StoredRequest } from "../../store/ports-people.ts";
import { bearerIn } from "../guard.ts";
import { byId } from "../ids.ts";
import type { RouteContext } from "../route.ts";
import { pageOf } from "./page.ts";
import { type AuthoringParts, fresh, verdictIn } from "./parts.ts";
import type { Resource } from "./resource.ts";
import { openShapes } from "./shapes.ts";

/** Which states each value of `approved` in a query asks for. */
const asked = {
  approved: ["approved"],
  rejected: ["rejected"],
  pending: ["pending"],
} as const satisfies Readonly<Record<string, readonly StoredRequest["state"][]>>;

/** Requests for approval: look, and decide. */
export function approvalResources(parts: AuthoringParts): readonly Resource[] {
  const { store } = parts;
  const requestIn = async (context: RouteContext): Promise<StoredRequest> => {
    const request = await byId(context, (id) => store.request(id));
    if (request === undefined)
      throw new ServerError("approval/not-found", "no such approval request");
    return request;
  };
  const shown = async (context: RouteContext, request: StoredRequest): Promise<Response> =>
    context.json((await openShapes(store)).request(request), 200, fresh);
  return [
    {
      path: "/api/v3/approval_request/",
      operations: {
        GET: {
          access: "read",
          doc: "Requests, newest first; `approved` is `approved`, `rejected` or `pending`.",
          answer: async (context) => {
            const wanted = context.req.query("approved");
            const states: readonly string[] | undefined = Object.entries(asked).find(
              ([name]) => name === wanted,
            )?.[1];
            if (wanted !== undefined && states === undefined)
              throw new ServerError("http/bad-request", "no request is like that", {
                at: "/approved",
              });
            const requests = (await store.requests())
              .filter(({ state }) => states?.includes(state) ?? true)
              .toReversed();
            const { request } = await openShapes(store);
            const page = await pageOf(context, requests, {
              serverUrl: parts.serverUrl(),
              describe: async (one) => request(one),
            });
            return context.json(page, 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/approval_request/:id/",
      operations: {
        GET: {
          access: "read",
          doc: "One request.",
          answer: async (context) => shown(context, await requestIn(context)),
        },
      },
    },
    {
      path: "/api/v3/approval_request/:id/approve/",
      operations: {
        POST: {
          access: "approve",
          doc: "Lets what was asked for go live; whoever wrote it or asked for it cannot.",
          body: "Verdict",
          answer: async (context) => {
            const { id } = await requestIn(context);
            const verdict = { request: id, ...(await verdictIn(context)) };
            const by = bearerIn(context);
            const { request } = await parts.publish((publishing) =>
              approve(publishing, by, verdict),
            );
            parts.metrics.incr("recipe.publish", {});
            return shown(context, request);
          },
        },
      },
    },
    {
      path: "/api/v3/approval_request/:id/reject/",
      operations: {
        POST: {
          access: "approve",
          doc: "Says no, and why: `comment` is required.",
          body: "Verdict",
          answer: async (context) => {
            const { id } = await requestIn(context);
            const verdict = { request: id, ...(await verdictIn(context)) };
            return shown(context, await reject(parts, bearerIn(context), verdict));
          },
        },
      },
    },
    {
      path: "/api/v3/approval_request/:id/close/",
      operations: {
        POST: {
          access: "write",
          doc: "Takes a request back.",
          body: "Verdict",
          answer: async (context) => {
            const { id } = await requestIn(context);
            const verdict = { request: id, ...(await verdictIn(context)) };
            await withdraw(parts, bearerIn(context), verdict);
            return context.body(null, 204, fresh);
          },
        },
      },
    },
  ];
}
