import { request } from "node:http";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { aRollout } from "#kit/recipes.ts";
import { aConfig, temporaryFolder } from "#kit/server.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { startServer } from "#server/main.ts";
import { openLog } from "#server/observe/log.ts";
import { openWorkplace } from "#server/workplace.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk[Symbol.asyncDispose]());

describe("a server", () => {
  test("signs anew after a day, keeping what the set demands, and renews its keycert", async () => {
    await desk.server.publishLive([]);
    const first = await desk.payload();
    await desk.pass(0);
    expect((await desk.payload()).value.n).toBe(first.value.n);

    await desk.pass(25 * 3_600_000);
    const second = await desk.payload();
    expect(second.value).toMatchObject({ n: first.value.n + 1, must: ["mass-ok"] });
    expect(second.value.exp - first.value.exp).toBe(25 * 3_600);

    const { keycert } = await desk.bundle();
    await desk.pass(40 * 86_400_000);
    expect((await desk.bundle()).keycert).not.toBe(keycert);
    expect((await desk.get("/__heartbeat__")).status).toBe(200);
  });

  test("serves what another process publishes", async () => {
    const workplace = await openWorkplace(aConfig(desk.dataDir), desk.now);
    const [published] = await publishDrafts(workplace, readDrafts([asFile(aRollout())]), {
      by: "operator",
      approval: "approved",
      comment: "",
      serverUrl: desk.url,
    });
    await workplace.close();
    await desk.look();
    expect((await desk.payload()).value.n).toBe(published?.n);
  });

  test("has the same set after a restart", async () => {
    await desk.server.publishFiles([asFile(aRollout())]);
    const before = await desk.get("/v2/bundle.json");
    await desk.restart();
    expect((await desk.get("/v2/bundle.json")).text).toBe(before.text);
  });

  test("puts right what a kill left between store and files", async () => {
    const before = await readFile(join(desk.dataDir, "public/v2/bundle.json"));
    await desk.server.publishFiles([asFile(aRollout())]);
    const { value } = await desk.payload();
    await writeFile(join(desk.dataDir, "public/v2/bundle.json"), before);
    await desk.restart();
    expect((await desk.payload()).value).toEqual(value);
  });

  test("says who uses its port", async () => {
    const port = Number(new URL(desk.url).port);
    await using other = await temporaryFolder();
    await expect(startServer({ ...aConfig(other.path), port })).rejects.toMatchObject({
      code: "server/port-in-use",
    });
  });

  test("goes on when the clock was set back to before its keycert began", async () => {
    await desk.server.publishFiles([asFile(aRollout())]);
    const before = (await desk.payload()).value;
    await desk.pass(-10 * 86_400_000);
    await desk.restart();

    const after = (await desk.payload()).value;
    expect(after.n).toBeGreaterThan(before.n);
    expect(after.iat).toBe(Math.floor(desk.now() / 1_000));
    expect(after.recipes).toEqual(before.recipes);
  });

  test("answers a request that names the whole URL as it answers the path", async () => {
    const { hostname, port } = new URL(desk.url);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: `${desk.url}/v2/bundle.json`, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  });

  test("writes no control characters into a log for people", () => {
    const lines: string[] = [];
    openLog("pretty", { write: (line) => lines.push(line) }).info("x", {
      path: "/\u009b31m\u001b",
    });
    expect(lines.join("")).toMatch(/path="\/\\u009b31m\\u001b"\n$/u);
  });

  test("refuses to start in production without keys, saying how to make them", async () => {
    await using other = await temporaryFolder();
    const config = aConfig(other.path, { MULBERRY_ENV: "production" });
    await expect(startServer(config)).rejects.toMatchObject({
      code: "keys/missing",
      message: expect.stringContaining("mulberry keys init") as unknown,
    });
  });

  test("puts no address and no token into its log or its folder", async () => {
    const lines: string[] = [];
    await using other = await temporaryFolder();
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    const server = await startServer(aConfig(other.path), { log });
    const headers = {
      "x-forwarded-for": "203.0.113.77",
      authorization: "Bearer secret-of-a-person",
      cookie: "session=secret-of-a-person",
    };
    const ping = "/submit/telemetry/0b0f3f64-6c0a-4d3c-9d0f-0a4f5f3c1f01/event/F/1/esr/2026";
    for (const path of ["/", "/api/v1/classify_client/", "/v2/bundle.json", "/nowhere"])
      await (
        await fetch(`${server.url}${path}?token=secret-of-a-person`, {
          headers,
          redirect: "manual",
        })
      ).text();
    await (await fetch(server.url + ping, { method: "POST", headers, body: "{}" })).text();
    await server.close();

    const stored = await Promise.all(
      (await readdir(other.path, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")),
    );
    expect(lines.filter((line) => line.includes("request.summary"))).toHaveLength(5);
    for (const text of [...lines, ...stored]) {
      expect(text).not.toContain("203.0.113.77");
      expect(text).not.toContain("secret-of-a-person");
    }
    expect(lines.join("")).not.toContain("0b0f3f64");
  });
});
