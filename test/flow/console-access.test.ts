import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { aRollout } from "#kit/recipes.ts";
import { openWindow, type Shown, type Window } from "#kit/window.ts";
import { allowed, roles } from "#server/authoring/roles.ts";
import { consoleRoutes } from "#server/console/index.ts";
import { noMetrics } from "#server/observe/metrics.ts";
import type { Access } from "#server/routes/route.ts";
import type { Role } from "#server/store/ports-people.ts";

// Every page of the console and everything that its forms do, as the router has it, asked by every
// role about something that is their own, somebody else's, or not there.

const nothing = (): never => {
  throw new Error("only the table is looked at");
};
const table = consoleRoutes({
  store: {} as never,
  now: nothing,
  serverUrl: nothing,
  publish: nothing,
  metrics: noMetrics,
  env: "production",
  random: nothing,
  preview: nothing,
  watch: nothing,
  why: nothing,
  identityProvider: { begin: nothing, end: nothing },
}).flatMap(({ path, access }) =>
  Object.entries(access).map(([method, needed]) => ({ method, path, needed })),
);
const guarded = table.filter(({ needed }) => needed !== "everyone");
const everyone = Object.keys(roles) as readonly Role[];
const whose = ["own", "other", "missing"] as const;

interface Thing {
  readonly recipe: number;
  readonly revision: number;
  readonly request: number;
  readonly sha256: string;
}

let api: Api;
const tokens = new Map<Role | "other", string>();
const things = new Map<Role | "other", Thing>();
const windows = new Map<Role, Window>();

beforeAll(async () => {
  api = await openApiServer();
  const admin = await api.office.admit("ada", "admin");
  for (const who of [...everyone, "other"] as const) {
    // Everybody wrote something once, also who may not do so any more.
    const token = await api.office.admit(`${who}-person`, "author", "--scopes", "read,write");
    things.set(who, await write(token));
    if (who !== "other") await api.office.done(admin, "user", "role", `${who}-person`, who);
    tokens.set(who, (await api.office.done(admin, "token", "add", `${who}-person`)).trim());
  }
});
afterAll(() => api[Symbol.asyncDispose]());

describe("the pages of the console", () => {
  test("are found in the router, and say themselves who may ask", () => {
    expect(guarded.length).toBeGreaterThan(10);
    expect(table.filter(({ needed }) => needed === "everyone").map(({ path }) => path)).toEqual([
      "/",
      "/console/assets/:name",
      "/console/sign-in/",
      "/console/sign-in/",
      "/console/sign-in/provider/",
      "/console/sign-in/provider/back/",
    ]);
  });

  test.each(guarded)("$method $path is for nobody without a session", async (route) => {
    const shown = await ask(openWindow(api.server.url), route, things.get("other"));
    if (route.method !== "GET") expect(shown.status).toBe(401);
    else expect(shown.location).toMatch(/^\/console\/sign-in\//u);
  });

  const cases = guarded.flatMap((route) =>
    everyone.flatMap((role) => whose.map((of) => ({ ...route, role, of }))),
  );
  test.each(cases)("$method $path, asked by $role about what is $of", async (one) => {
    const { role, of, needed, path } = one;
    const thing = of === "missing" ? undefined : things.get(of === "own" ? role : "other");
    const shown = await ask(await windowOf(role), one, thing);
    expect(shown.status).toBeLessThan(500);
    if (!may(role, needed)) {
      // The same of what is there and what is not: who may not ask learns nothing.
      expect(shown.status).toBe(403);
      expect(codeOf(shown)).toBe("access/not-allowed");
      return;
    }
    if (of === "missing" && path.includes(":")) {
      expect(shown.status).toBe(404);
      return;
    }
    const isFine = shown.status === 200 || shown.status === 303;
    expect(isFine || refusals.includes(codeOf(shown)), `${shown.status} ${codeOf(shown)}`).toBe(
      true,
    );
    if (path.endsWith("/approve/") && of === "own") expect(isFine).toBe(false);
  });

  test.each(everyone)("let no %s at a form whose session's text they do not know", async (role) => {
    const window = await windowOf(role);
    for (const route of guarded.filter(({ method }) => method !== "GET"))
      expect((await ask(window, route, things.get("other"), { form_token: "x" })).status).toBe(403);
  });

  test("have let nothing go live that two people did not agree on", async () => {
    const answer = await api.ask(tokens.get("viewer"), "GET", "audit/");
    const entries = answer.body["results"] as readonly {
      readonly what: string;
      readonly who: string;
      readonly sha256: string;
    }[];
    const askers = new Map(
      entries
        .filter(({ what }) => what === "approval.requested")
        .map(({ sha256, who }) => [sha256, who]),
    );
    for (const { what, who, sha256 } of entries)
      if (what === "recipe.live") expect(who).not.toBe(askers.get(sha256));
  });
});

/**
 * What may come of a request that is allowed, because of what was done to the same thing before, or
 * because the form of a recipe was sent empty.
 */
const refusals = [
  "approval/comment-missing",
  "approval/decided",
  "approval/outdated",
  "approval/own-work",
  "approval/pending",
  "http/bad-request",
  "recipe/live-already",
  "recipe/not-live",
  "recipe/out-of-range",
];

function may(role: Role, needed: Access): boolean {
  return needed !== "everyone" && needed !== "loopback" && allowed(role, [needed]).length > 0;
}

async function windowOf(role: Role): Promise<Window> {
  const known = windows.get(role);
  // Whoever signed out by way of a route signs in again.
  if (known !== undefined && known.cookie() !== "") return known;
  const window = openWindow(api.server.url);
  await window.signIn(tokens.get(role) ?? "");
  windows.set(role, window);
  return window;
}

/** Asks a route about something; about what is not there where it is `undefined`. */
function ask(
  window: Window,
  { method, path }: { readonly method: string; readonly path: string },
  thing: Thing | undefined,
  fields: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const address = path
    .replace(":id", String(thing?.recipe ?? 999_999))
    .replace(":number", String(thing?.revision ?? 999_999));
  if (method === "GET") return window.get(address);
  return window.send(address, {
    request: String(thing?.request ?? 999_999),
    revision: String(thing?.revision ?? 999_999),
    sha256: thing?.sha256 ?? "",
    ...fields,
  });
}

function codeOf({ html }: Shown): string {
  return /<code>([a-z-]+\/[a-z-]+)<\/code>/u.exec(html)?.[1] ?? "";
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
    readonly latest_revision: { readonly id: number; readonly sha256: string };
  };
  const path = `recipe_revision/${String(latest_revision.id)}/request_approval/`;
  const request = await api.ask(token, "POST", path);
  expect(request.status).toBe(201);
  return {
    recipe: id,
    revision: latest_revision.id,
    request: Number(request.body["id"]),
    sha256: latest_revision.sha256,
  };
}
