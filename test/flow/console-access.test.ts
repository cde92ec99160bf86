import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { admitEverybody, type Everybody, everyRole, type Thing } from "#kit/everybody.ts";
import { openWindow, type Shown, type Window } from "#kit/window.ts";
import { allowed } from "#server/authoring/roles.ts";
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
const whose = ["own", "other", "missing"] as const;

let api: Api;
let tokens: Everybody["tokens"];
let things: Everybody["things"];
const windows = new Map<Role, Window>();

beforeAll(async () => {
  api = await openApiServer();
  ({ tokens, things } = await admitEverybody(api));
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
    everyRole.flatMap((role) => whose.map((of) => ({ ...route, role, of }))),
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

  test.each(everyRole)(
    "let no %s at a form whose session's text they do not know",
    async (role) => {
      const window = await windowOf(role);
      for (const route of guarded.filter(({ method }) => method !== "GET"))
        expect((await ask(window, route, things.get("other"), { form_token: "x" })).status).toBe(
          403,
        );
    },
  );

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
