import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { makeApp } from "#server/app.ts";
import { clientAddressFinder } from "#server/client-address.ts";
import { ServerError } from "#server/errors.ts";
import { openLog, silentLog } from "#server/observe/log.ts";
import { openTo } from "#server/routes/route.ts";

const routes = openTo("everyone", [
  { path: "/fine/", handlers: { GET: (context) => context.json({ fine: true }) } },
  {
    path: "/broken/",
    handlers: {
      GET: () => {
        throw new Error("the password is swordfish");
      },
      PUT: () => {
        throw new RecipeError("recipe/missing", "no", { at: "/0/name" });
      },
      POST: () => {
        throw new ServerError("recipe/not-live", "no");
      },
    },
  },
]);
const connection = { remoteAddress: "127.0.0.1" };

describe("the app", () => {
  test.each([
    { method: "GET", path: "/fine/", status: 200 },
    { method: "HEAD", path: "/fine/", status: 200 },
    { method: "POST", path: "/fine/", status: 405, code: "http/method-not-allowed" },
    { method: "GET", path: "/fine", status: 404, code: "http/not-found" },
    { method: "GET", path: "/nowhere", status: 404, code: "http/not-found" },
    { method: "PUT", path: "/broken/", status: 400, code: "recipe/missing" },
    { method: "POST", path: "/broken/", status: 409, code: "recipe/not-live" },
    { method: "GET", path: "/broken/", status: 500, code: "http/internal" },
  ])("answers $status to $method $path, with security headers", async (row) => {
    const app = makeApp(routes, silentLog);
    const answer = await app.request(row.path, { method: row.method }, connection);

    expect(answer.status).toBe(row.status);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    if (row.code !== undefined) expect(await answer.json()).toMatchObject({ code: row.code });
  });

  test("says which methods a path takes", async () => {
    const app = makeApp(routes, silentLog);
    const answer = await app.request("/fine/", { method: "DELETE" }, connection);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  test("gives the pointer of a refusal, and keeps the words of a failure to its log", async () => {
    const lines: string[] = [];
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    const app = makeApp(routes, log);
    const refused = await app.request("/broken/", { method: "PUT" }, connection);
    const failed = await app.request("/broken/", {}, connection);

    expect(await refused.json()).toEqual({ code: "recipe/missing", at: "/0/name", message: "no" });
    expect(await failed.text()).not.toContain("swordfish");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("swordfish");
  });
});

describe("a route", () => {
  const [fine] = routes;

  test.each([{}, { PUT: "everyone" }] as const)(
    "that says %j of who may ask does not let the server start",
    (access) => {
      const silent = { ...fine, access } as (typeof routes)[number];
      expect(() => makeApp([silent], silentLog)).toThrow(/\/fine\/ does not say who may ask/u);
    },
  );

  test("that wants a scope is answered after its guard, and never without one", async () => {
    const guardedRoute = { ...fine, access: { GET: "write" } } as (typeof routes)[number];
    expect(() => makeApp([guardedRoute], silentLog)).toThrow(/nobody guards/u);

    const asked: string[] = [];
    const app = makeApp([guardedRoute], silentLog, (context, scope) => {
      asked.push(scope);
      if (context.req.header("authorization") === "yes") return Promise.resolve();
      return Promise.reject(new ServerError("access/not-allowed", "no"));
    });
    for (const [headers, status] of [
      [{}, 403],
      [{ authorization: "yes" }, 200],
    ] as const)
      for (const method of ["GET", "HEAD"])
        expect((await app.request("/fine/", { method, headers }, connection)).status).toBe(status);
    expect(asked).toEqual(Array(4).fill("write"));
  });

  test("that is for this machine is for no other, and for no name that leads here", async () => {
    const local = { ...fine, access: { GET: "loopback" } } as (typeof routes)[number];
    const app = makeApp([local], silentLog);
    const statusOf = async (host: string, remoteAddress: string): Promise<number> =>
      (await app.request("/fine/", { headers: { host } }, { remoteAddress })).status;
    expect(await statusOf("127.0.0.1:8000", "127.0.0.1")).toBe(200);
    expect(await statusOf("pages.example", "127.0.0.1")).toBe(403);
    expect(await statusOf("127.0.0.1:8000", "203.0.113.9")).toBe(403);
  });
});

describe("the log", () => {
  test("writes one MozLog line whatever a value holds", () => {
    const lines: string[] = [];
    openLog("mozlog", { write: (line) => lines.push(line) }).warn("a.type", { path: '/\n{"x":1}' });

    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain("\n");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      Type: "a.type",
      Severity: 4,
      Logger: "mulberry",
      EnvVersion: "2.0",
      Fields: { path: '/\n{"x":1}' },
    });
  });

  test("leaves no character in a MozLog line that could steer a terminal", () => {
    const lines: string[] = [];
    const path = "/\u009b31m\u2028\u007f\u001b";
    openLog("mozlog", { write: (line) => lines.push(line) }).info("a.type", { path });

    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/u);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ Fields: { path } });
  });

  test("quotes what could look like another line or field", () => {
    const lines: string[] = [];
    const log = openLog("pretty", { write: (line) => lines.push(line) });
    log.info("a.type", { path: "/x\n10:00:00 fake", n: 1 });

    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d a\.type path="\/x\\n10:00:00 fake" n=1\n$/u);
  });
});

describe("the address of a client", () => {
  test.each([
    { from: "203.0.113.9", forwarded: "198.51.100.1", expected: "203.0.113.9" },
    { from: "10.0.0.1", forwarded: "198.51.100.1", expected: "198.51.100.1" },
    { from: "::ffff:10.0.0.1", forwarded: "198.51.100.1", expected: "198.51.100.1" },
    { from: "10.0.0.1", forwarded: "1.2.3.4, 198.51.100.1", expected: "198.51.100.1" },
    { from: "10.0.0.1", forwarded: "198.51.100.1, 10.0.0.2", expected: "198.51.100.1" },
    { from: "10.0.0.1", forwarded: "", expected: "10.0.0.1" },
  ])("is $expected from $from with X-Forwarded-For $forwarded", (row) => {
    const find = clientAddressFinder(["10.0.0.0/8"]);
    expect(find({ remoteAddress: row.from, forwardedFor: row.forwarded })).toBe(row.expected);
  });

  test("is the socket's where no header tells another", () => {
    const find = clientAddressFinder(["10.0.0.0/8"]);
    expect(find({ remoteAddress: "10.0.0.1", forwardedFor: undefined })).toBe("10.0.0.1");
  });
});
