import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asFile, type Desk, type Fetched, openDesk } from "#kit/desk.ts";
import { aRollout } from "#kit/recipes.ts";
import { aConfig, temporaryFolder } from "#kit/server.ts";
import { startServer } from "#server/main.ts";
import { makeKeys } from "#server/publish/keys.ts";
import { writeKeyFiles } from "#server/store/key-files.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk[Symbol.asyncDispose]());

describe("PUT /api/dev/live", () => {
  test("goes on after a recipe with the highest id that there is", async () => {
    const highest = Number.MAX_SAFE_INTEGER;
    expect((await put([{ id: highest, action: "a" }])).status).toBe(200);

    const answer = await put([{ action: "b" }, { id: highest, action: "a" }, { action: "c" }]);
    expect(JSON.parse(answer.text)).toMatchObject({
      recipes: [{ id: 1 }, { id: highest }, { id: 2 }],
    });
  });

  test("refuses an action without a name, and more recipes than a set holds", async () => {
    const before = (await desk.payload()).text;
    const unnamed = await put([{ id: 1, action: "" }]);
    expect(unnamed).toMatchObject({ status: 400 });
    expect(JSON.parse(unnamed.text)).toMatchObject({
      code: "recipe/out-of-range",
      at: "/0/action",
    });

    const many = await put(
      `[${Array.from({ length: 150_000 }, (_, id) => `{"id":${String(id + 1)}}`).join()}]`,
    );
    expect(many.status).toBe(400);
    expect(JSON.parse(many.text)).toMatchObject({ code: "publish/too-large" });
    expect((await desk.payload()).text).toBe(before);
  });

  test("replaces the whole set with what it is given, as it is", async () => {
    await desk.server.publishFiles([asFile(aRollout())]);
    const given = [
      { id: 40, action: "no-such-action", arguments: { x: 0.5 }, filter_expression: "((" },
      { action: "opt-out-study", arguments: { name: "Old" }, capabilities: ["z", "a"] },
      { id: 7, slug: "seven", action: "preference-study", arguments: [], revision_id: "99" },
    ];
    const answer = await put(given);
    const { value } = await desk.payload();

    expect(answer.status).toBe(200);
    expect(value.must).toEqual(["mass-ok"]);
    expect(value.recipes.map(({ id, slug, act, rev }) => ({ id, slug, act, rev }))).toEqual([
      { id: 7, slug: "seven", act: "preference-study", rev: "99" },
      { id: 40, slug: "recipe-40", act: "no-such-action", rev: "2" },
      { id: 41, slug: "Old", act: "addon-study", rev: "3" },
    ]);
    expect(JSON.parse(answer.text)).toMatchObject({
      ep: value.ep,
      n: value.n,
      recipes: [{ id: 40 }, { id: 41, slug: "Old" }, { id: 7 }],
    });
    const body = async (id: number): Promise<unknown> =>
      JSON.parse(
        (await desk.get(`/v2/r/${value.recipes.find((entry) => entry.id === id)?.sha256 ?? ""}`))
          .text,
      );
    expect(await body(40)).toMatchObject({ arguments: { x: 0.5 }, filter_expression: "((" });
    expect(await body(41)).toMatchObject({
      action: "opt-out-study",
      capabilities: ["a", "action.addon-study", "capabilities-v1", "z"],
    });
    expect(await body(7)).toMatchObject({ arguments: [], revision_id: "99" });
  });

  test("empties the set", async () => {
    await desk.server.publishFiles([asFile(aRollout())]);
    expect((await put([])).status).toBe(200);
    expect((await desk.payload()).value).toMatchObject({ recipes: [], must: ["mass-ok"] });
  });

  test("keeps the revision of a recipe that did not change", async () => {
    const recipe = { id: 1, action: "console-log", arguments: { message: "x" } };
    await put([recipe]);
    const first = (await desk.payload()).value;
    await put([recipe]);
    const second = (await desk.payload()).value;
    expect(second.recipes).toEqual(first.recipes);
    expect(second.n).toBe(first.n + 1);
  });

  test.each([
    { given: "{", code: "http/bad-request", at: "" },
    { given: "{}", code: "live/malformed", at: "" },
    { given: "[3]", code: "recipe/malformed", at: "/0" },
    {
      given: '[{"action":"a","arguments":{}},{"action":5}]',
      code: "recipe/wrong-type",
      at: "/1/action",
    },
    { given: '[{"id":0,"action":"a"}]', code: "recipe/out-of-range", at: "/0/id" },
    {
      given: '[{"id":3,"action":"a"},{"id":3,"action":"a"}]',
      code: "live/duplicate-id",
      at: "/1/id",
    },
    {
      given: JSON.stringify([{ action: "a", arguments: "x".repeat(300_000) }]),
      code: "recipe/too-large",
      at: "/0",
    },
  ])("refuses $code and keeps the set", async ({ given, code, at }) => {
    await desk.server.publishFiles([asFile(aRollout())]);
    const before = await desk.payload();
    const answer = await put(given);

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code, at });
    expect((await desk.payload()).text).toBe(before.text);
  });

  test.each(["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])(
    "is closed to the Host %j",
    async (host) => {
      const answer = await rawRequest("PUT", "/api/dev/live", { host });
      expect(answer.status).toBe(403);
      expect((await rawRequest("GET", "/api/v1/events/", { host })).status).toBe(answer.status);
    },
  );

  test("does not exist in production", async () => {
    await using other = await temporaryFolder();
    await writeKeyFiles(other.path, await makeKeys("production", desk.now()));
    const config = aConfig(other.path, { MULBERRY_ENV: "production" });
    const production = await startServer(config, { now: desk.now });
    try {
      const live = await fetch(`${production.url}/api/dev/live`, { method: "PUT" });
      expect(live.status).toBe(404);
      // Its events are for who shows a token.
      expect((await fetch(`${production.url}/api/v1/events/`)).status).toBe(401);
    } finally {
      await production.close();
    }
  });
});

function put(body: unknown): Promise<Fetched> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return desk.get("/api/dev/live", { method: "PUT", body: text });
}

/** `fetch` does not let a Host header be chosen. */
function rawRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(desk.url);
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    });
    sent.on("error", reject);
    sent.end(method === "PUT" ? "[]" : undefined);
  });
}
