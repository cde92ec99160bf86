import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type ApiAnswer, openApiServer } from "#kit/api.ts";
import { aRollout } from "#kit/recipes.ts";
import { allowed, roles } from "#server/authoring/roles.ts";
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
const everyone = Object.keys(roles) as readonly Role[];
const whose = ["own", "other", "missing"] as const;

interface Thing {
  readonly recipe: number;
  readonly revision: number;
  readonly request: number;
}

let api: Api;
/** Of each role: a token, and something that its bearer wrote and asked for. */
const tokens = new Map<Role | "other", string>();
const things = new Map<Role | "other", Thing>();

beforeAll(async () => {
  api = await openApiServer();
  const admin = await api.office.admit("ada", "admin");
  for (const who of [...everyone, "other"] as const) {
    // Everybody wrote something once, also who may not do so any more.
    const token = await api.office.admit(`${who}-person`, "author", "--scopes", "read,write");
    things.set(who, await write(token));
    if (who !== "other") await api.office.done(admin, "user", "role", `${who}-person`, who);
    const whole = await api.office.done(admin, "token", "add", `${who}-person`);
    tokens.set(who, whole.trim());
  }
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
    everyone.flatMap((role) => whose.map((of) => ({ ...route, role, of }))),
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
    const { request } = await write(tokens.get("author") ?? "");
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

let count = 0;
async function write(token: string): Promise<Thing> {
  const slug = `rollout-${String((count += 1))}`;
  const { name, action, arguments: said } = aRollout();
  const { body } = await api.ask(token, "POST", "recipe/", {
    ...{ name, action, arguments: { ...said, slug } },
    extra_filter_expression: "true",
  });
  const { id, latest_revision } = body as unknown as {
    readonly id: number;
    readonly latest_revision: { readonly id: number };
  };
  const path = `recipe_revision/${String(latest_revision.id)}/request_approval/`;
  const request = await api.ask(token, "POST", path);
  expect(request.status).toBe(201);
  return { recipe: id, revision: latest_revision.id, request: Number(request.body["id"]) };
}
