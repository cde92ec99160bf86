import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type ApiAnswer, openApiServer } from "#kit/api.ts";
import {
  admitEverybody,
  type Everybody,
  everyRole,
  type Thing,
  writeThing,
} from "#kit/everybody.ts";
import { allowed } from "#server/authoring/roles.ts";
import { noMetrics } from "#server/observe/metrics.ts";
import type { Access } from "#server/routes/route.ts";
import { authoringRoutes } from "#server/routes/v3/index.ts";
import type { Role } from "#server/store/ports-people.ts";

// Every route of the authoring API, as the router has it, asked by every role about something that is
// their own, somebody else's, or not there.

const nothing = (): never => {
  throw new Error("only the table is looked at");
};
const table = authoringRoutes(
  { store: {} as never, now: nothing, serverUrl: nothing, publish: nothing, metrics: noMetrics },
  "0",
).flatMap(({ path, access }) =>
  Object.entries(access).map(([method, needed]) => ({ method, path, needed })),
);
const whose = ["own", "other", "missing"] as const;

let api: Api;
let tokens: Everybody["tokens"];
let things: Everybody["things"];

beforeAll(async () => {
  api = await openApiServer();
  ({ tokens, things } = await admitEverybody(api));
});
afterAll(() => api[Symbol.asyncDispose]());

describe("the routes of the authoring API", () => {
  test("are found in the router, and say themselves who may ask", () => {
    expect(table.length).toBeGreaterThan(15);
    expect(new Set(table.map(({ needed }) => needed))).toEqual(
      new Set(["read", "write", "stop", "approve", "everyone"]),
    );
  });

  test.each(table)("$method $path answers nobody without a token, if $needed", async (route) => {
    const answer = await api.ask(undefined, ...asked(route, things.get("other")));
    if (route.needed === "everyone") expect(answer.status).toBe(200);
    else expect(answer).toMatchObject({ status: 401, body: { code: "access/token-missing" } });
  });

  const cases = table.flatMap((route) =>
    everyRole.flatMap((role) => whose.map((of) => ({ ...route, role, of }))),
  );
  test.each(cases)("$method $path, asked by $role about what is $of", async (one) => {
    const { role, of, needed, path } = one;
    const thing = of === "missing" ? undefined : things.get(of === "own" ? role : "other");
    const answer = await api.ask(tokens.get(role), ...asked(one, thing));
    expect(answer.status).toBeLessThan(500);
    if (!may(role, needed)) {
      // The same of what is there and what is not: who may not ask learns nothing.
      expect(answer).toMatchObject({ status: 403, body: { code: "access/not-allowed" } });
      return;
    }
    if (of === "missing" && path.includes(":id")) {
      expect(answer.status).toBe(404);
      return;
    }
    expect(fine(answer) || refusals.includes(String(answer.body["code"])), codeOf(answer)).toBe(
      true,
    );
    if (path.endsWith("/approve/") && of === "own") expect(fine(answer)).toBe(false);
  });

  test("have let nothing go live that two people did not agree on", async () => {
    const { request } = await writeThing(api, tokens.get("author") ?? "");
    const agreed = `approval_request/${String(request)}/approve/`;
    expect(
      (await api.ask(tokens.get("approver"), "POST", agreed, { comment: "fine" })).status,
    ).toBe(200);
    const { body } = await api.ask(tokens.get("viewer"), "GET", "recipe/?enabled=true");
    expect(body["count"]).toBeGreaterThan(0);
    for (const recipe of body["results"] as readonly Live[]) {
      const { creator, approval_request } = recipe.approved_revision;
      expect(approval_request.approver.first_name).not.toBe(creator.first_name);
    }
  });
});

interface Named {
  readonly first_name: string;
}
interface Live {
  readonly approved_revision: {
    readonly creator: Named;
    readonly approval_request: { readonly approver: Named };
  };
}

/** What may come of a request that is allowed, because of what was done to the same thing before. */
const refusals = [
  "approval/comment-missing",
  "approval/decided",
  "approval/not-found",
  "approval/outdated",
  "approval/own-work",
  "approval/pending",
  "approval/required",
  "recipe/live-already",
  "recipe/missing",
  "recipe/not-live",
];

function may(role: Role, needed: Access): boolean {
  if (needed === "everyone") return true;
  return needed !== "loopback" && allowed(role, [needed]).length > 0;
}

function fine({ status }: ApiAnswer): boolean {
  return status >= 200 && status < 300;
}

function codeOf({ status, body }: ApiAnswer): string {
  return `${String(status)} ${String(body["code"])}`;
}

/** Method, path and body of a request about something; about what is not there where it is `undefined`. */
function asked(
  { method, path }: { readonly method: string; readonly path: string },
  thing: Thing | undefined,
): [string, string, unknown] {
  const kind = /\/(recipe|recipe_revision|approval_request)\/:id/u.exec(path)?.[1];
  const id =
    kind === "recipe"
      ? thing?.recipe
      : kind === "recipe_revision"
        ? thing?.revision
        : thing?.request;
  const body = method === "PATCH" ? { comment: "again" } : method === "GET" ? undefined : {};
  return [method, path.replace("/api/v3/", "").replace(":id", String(id ?? 999_999)), body];
}
