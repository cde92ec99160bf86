import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { openDesk } from "#kit/desk.ts";
import { openWindow } from "#kit/window.ts";

const hourMs = 3_600_000;

let api: Api;
let admin: string;
beforeAll(async () => {
  api = await openApiServer();
  admin = await api.office.admit("ada", "admin");
});
afterAll(() => api[Symbol.asyncDispose]());

describe("signing in to the console", () => {
  test("takes a token, and leads to where one wanted to go", async () => {
    const window = openWindow(api.server.url);
    const away = await window.get("/console/?page=2");
    expect(away).toMatchObject({
      status: 303,
      location: "/console/sign-in/?next=%2Fconsole%2F%3Fpage%3D2",
    });
    expect((await window.get(away.location ?? "")).html).toContain('value="/console/?page=2"');
    const fields = { token: admin, next: "/console/?page=2" };
    expect(await window.send("/console/sign-in/", fields)).toMatchObject({
      status: 303,
      location: "/console/?page=2",
    });
    expect((await window.get("/console/")).html).toContain("<span>ada</span>");
  });

  test.each([
    "https://evil.example/console/",
    "//evil.example/console/",
    "/\\evil.example/console/",
    "/console/../api/v3/",
    "javascript:alert(1)",
    "",
  ])("leads nowhere else, even where the link says %s", async (next) => {
    const shown = await openWindow(api.server.url).send("/console/sign-in/", {
      token: admin,
      next,
    });
    expect(shown).toMatchObject({ status: 303, location: "/console/" });
  });

  test("gives a cookie that no script reads and no other site sends, for a working day", async () => {
    const window = openWindow(api.server.url);
    const { headers } = await window.signIn(admin);
    const [cookie = ""] = headers.getSetCookie();
    expect(cookie).toMatch(
      /^mulberry=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/u,
    );
  });

  test("ties the cookie to the host, and to https, where the server is reached so", async () => {
    await using secure = await openApiServer({ MULBERRY_URL: "https://mulberry.example" });
    const token = await secure.office.admit("ada", "admin");
    const { headers } = await openWindow(secure.server.url).signIn(token);
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-mulberry=.*; Secure; SameSite=Strict$/u);
  });

  test("makes a new session each time, and ends the one that was there before", async () => {
    const window = openWindow(api.server.url);
    await window.signIn(admin);
    const before = window.cookie();
    await window.signIn(admin);
    expect(window.cookie()).not.toBe(before);
    const old = await openWindow(api.server.url).get("/console/", { cookie: before });
    expect(old.location).toBe("/console/sign-in/");
  });

  test("keeps nothing with which somebody could sign in", async () => {
    const window = openWindow(api.server.url);
    await window.signIn(admin);
    const secret = window.cookie().replace("mulberry=", "");
    expect(await readdir(api.office.dataDir)).toContain("mulberry.db");
    for (const file of ["mulberry.db", "mulberry.db-wal"]) {
      const bytes = await readFile(join(api.office.dataDir, file)).catch(() => Buffer.of());
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(admin)).toBe(false);
    }
  });

  test("says no to what is no token, and soon looks at no more of them", async () => {
    await using other = await openApiServer();
    const window = openWindow(other.server.url);
    const wrong = { token: `mulberry_${"x".repeat(43)}` };
    const statuses = [];
    for (let count = 0; count < 12; count += 1)
      statuses.push((await window.send("/console/sign-in/", wrong)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(window.cookie()).toBe("");
  });

  test("lets nobody be anybody on a server that is not their own", async () => {
    expect(await openWindow(api.server.url).signInAs("admin")).toMatchObject({ status: 404 });
  });
});

describe("a session", () => {
  test("lets its person do what the token lets them, and no more", async () => {
    const token = (await api.office.done(admin, "token", "add", "--scopes", "people")).trim();
    const window = openWindow(api.server.url);
    await window.signIn(token);
    const shown = await window.get("/console/");
    expect(shown.status).toBe(403);
    expect(shown.html).toContain("Signed in like this, ada may not read");
  });

  test("ends with sign-out, and its cookie is worth nothing", async () => {
    const window = openWindow(api.server.url);
    await window.signIn(admin);
    const cookie = window.cookie();
    expect(await window.send("/console/sign-out/")).toMatchObject({
      status: 303,
      location: "/console/sign-in/",
    });
    expect(window.cookie()).toBe("");
    expect((await window.get("/console/", { cookie })).location).toBe("/console/sign-in/");
  });

  test.each([
    { what: "its token is taken back", end: ["token", "revoke", "2"] },
    { what: "its person is shut out", end: ["user", "disable", "bob"] },
  ])("is over at once when $what", async ({ end }) => {
    await using other = await openApiServer();
    const boss = await other.office.admit("ada", "admin");
    const token = await other.office.admit("bob", "viewer");
    const window = openWindow(other.server.url);
    await window.signIn(token);
    expect((await window.get("/console/")).status).toBe(200);
    await other.office.done(boss, ...end);
    expect((await window.get("/console/")).location).toBe("/console/sign-in/");
  });

  test("is over two hours after its last use, and twelve after its first", async () => {
    await using desk = await openDesk();
    const window = openWindow(desk.url);
    await window.signInAs("viewer");
    for (let hours = 0; hours < 11; hours += 1) {
      await desk.pass(hourMs);
      expect((await window.get("/console/")).status).toBe(200);
    }
    await desk.pass(hourMs);
    expect((await window.get("/console/")).location).toBe("/console/sign-in/");

    await window.signInAs("viewer");
    await desk.pass(2 * hourMs);
    expect((await window.get("/console/")).location).toBe("/console/sign-in/");
  });
});

describe("a form", () => {
  const foreign = [
    { what: "another site's", headers: { origin: "https://evil.example" } },
    { what: "another site's, by its own word", headers: { "sec-fetch-site": "cross-site" } },
    { what: "a sibling's", headers: { "sec-fetch-site": "same-site" } },
    { what: "nobody's", headers: { origin: "null" } },
    { what: "without a word of where it is from", headers: { origin: "" } },
  ];
  test.each(foreign)("that is $what does nothing", async ({ headers }) => {
    const window = openWindow(api.server.url);
    await window.signIn(admin);
    const refused = await window.send("/console/sign-out/", {}, headers);
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("access/other-site");
    expect((await window.get("/console/")).status).toBe(200);
  });

  test.each(foreign)("that is $what signs nobody in", async ({ headers }) => {
    const window = openWindow(api.server.url);
    expect((await window.send("/console/sign-in/", { token: admin }, headers)).status).toBe(403);
    expect(window.cookie()).toBe("");
  });

  test("of another session does nothing", async () => {
    const [mine, theirs] = [openWindow(api.server.url), openWindow(api.server.url)];
    await mine.signIn(admin);
    await theirs.signIn(admin);
    const cookie = mine.cookie();
    expect((await theirs.send("/console/sign-out/", {}, { cookie })).status).toBe(403);
    for (const form_token of ["", "x"])
      expect((await mine.send("/console/sign-out/", { form_token })).status).toBe(403);
    expect((await mine.get("/console/")).status).toBe(200);
  });

  test("that is larger than any form is refused", async () => {
    const window = openWindow(api.server.url);
    const shown = await window.send("/console/sign-in/", { token: "x".repeat(600_000) });
    expect(shown.status).toBe(413);
  });
});

test("a link on another site finds who is signed in: one step of our own brings the cookie", async () => {
  const headers = { "sec-fetch-site": "cross-site" };
  const shown = await openWindow(api.server.url).get("/console/?page=1&x=%22%3E", headers);
  expect(shown.status).toBe(200);
  expect(shown.html).toContain(
    '<meta http-equiv="refresh" content="0; url=/console/?page=1&amp;x=%22%3E" />',
  );
  expect(shown.html).toContain('href="/console/?page=1&amp;x=%22%3E"');
});

test("every page lets nothing in from elsewhere, and is kept by nobody", async () => {
  const window = openWindow(api.server.url);
  await window.signIn(admin);
  for (const path of ["/console/", "/console/sign-in/", "/console/nowhere/"]) {
    const { headers } = await window.get(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
    });
  }
});

test("what pages load is named by what it holds, and is no path of the file system", async () => {
  const window = openWindow(api.server.url);
  const { html } = await window.get("/console/sign-in/");
  const [, style = ""] = /href="(\/console\/assets\/console\.css\?[\w-]{12})"/u.exec(html) ?? [];
  const { status, headers } = await window.get(style);
  expect([status, headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
  expect(headers.get("cache-control")).toContain("immutable");
  for (const name of ["..%2Findex.ts", "constructor", "console.ts", "%2e%2e%2fguard.ts"])
    expect((await window.get(`/console/assets/${name}`)).status).toBe(404);
});
