import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { aConfig, expectRefusal, mulberry, type Outcome, temporaryFolder } from "#kit/server.ts";
import { aWalkingClient } from "#kit/walking-client.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// The signed stop, from a root key on another machine to a client over HTTP.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let server: RunningServer;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  server = await startServer(aConfig(data));
});
afterEach(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const key = (number = 1): string => join(data, `keys/root-${String(number)}.json`);
const halt = (...args: readonly string[]): Promise<Outcome> =>
  mulberry(["halt", ...args, "--data", data]);
const sign = (...args: readonly string[]): Promise<Outcome> =>
  halt("sign", "--key", key(), ...args, "--json");
const pinned = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(data, "keys/root.json"), "utf8"));
const served = (init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}/v2/halt.jws`, init);

describe("a halt", () => {
  test("is served as soon as its command is over, and believed by a client", async () => {
    expect((await served()).status).toBe(404);
    await server.publishLive([aPreferenceStudy({ id: 7 })]);
    const { code, stdout, stderr } = await sign("--id", "7", "--pref", "x.y", "--days", "10");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ hn: 1, min_ep: 0, kill: { ids: [7] } });

    const answer = await served();
    const etag = answer.headers.get("etag") ?? "";
    expect(answer.headers.get("content-type")).toBe("application/jose");
    const header = Buffer.from((await answer.text()).split(".")[0] ?? "", "base64url").toString();
    expect(Object.keys(JSON.parse(header) as object).sort()).toEqual(["alg", "kid", "typ"]);
    expect(header).toContain('"typ":"mulberry-halt+jws"');
    expect((await served({ headers: { "if-none-match": etag } })).status).toBe(304);
    expect(await aWalkingClient(await pinned()).run(server.url)).toMatchObject({
      kind: "verified",
      kill: { ids: [7], prefs: ["x.y"] },
    });
  });

  test("counts on from the one that is served, and replaces it whole", async () => {
    await sign("--id", "7", "--min-ep", "1");
    expect(JSON.parse((await sign("--slug", "a")).stdout)).toMatchObject({
      hn: 2,
      // An epoch that was declared over stays over.
      min_ep: 1,
      kill: { ids: [], slugs: ["a"] },
    });
    expect((await halt("show")).stdout).toMatch(
      /^halt 2 for development, until .*\nstops the slug a\nends every epoch below 1\n$/u,
    );
    expect((await sign("--none")).stdout).toContain('"hn":3');
    expectRefusal(await sign("--all", "--hn", "3"), /^halt\/not-newer: .*--hn 4/u);
  });

  test("is signed where nothing but the key and the root is, and taken in by the server", async () => {
    const safe = join(folder.path, "safe");
    await mkdir(safe);
    await rename(key(2), join(safe, "key.json"));
    const root = join(data, "keys/root.json");
    const out = join(safe, "halt.jws");
    const offline = ["halt", "sign", "--key", join(safe, "key.json"), "--root", root, "--out", out];
    const nowhere = ["--data", join(folder.path, "nowhere")];
    expect(await mulberry([...offline, "--all", ...nowhere])).toMatchObject({ code: 2 });
    const signed = await mulberry([...offline, "--all", "--hn", "4", ...nowhere]);
    expect(signed).toMatchObject({ code: 0, stderr: "" });
    expect((await served()).status).toBe(404);

    expect(await halt("accept", out)).toMatchObject({ code: 0, stderr: "" });
    expect(await (await served()).text()).toBe(await readFile(out, "utf8"));
    expectRefusal(await halt("accept", out), /^halt\/not-newer: /u);
  });

  test("brings no epoch back that the one before has ended", async () => {
    await sign("--min-ep", "3");
    const root = ["--root", join(data, "keys/root.json"), "--hn", "2"];
    expectRefusal(await sign("--slug", "a", ...root), /^halt\/not-newer: .*--min-ep 3/u);
    expect((await sign("--slug", "a", "--min-ep", "3", ...root)).code).toBe(0);
  });

  test("that a client would refuse is not served", async () => {
    const other = join(folder.path, "other");
    await mulberry(["keys", "init", "--data", other]);
    const foreign = join(other, "keys/root-1.json");
    expectRefusal(
      await halt("sign", "--key", foreign, "--all"),
      /^halt\/unverifiable: .*unknown-key/u,
    );
    expectRefusal(await halt("accept", foreign), /^halt\/unverifiable: .*malformed/u);
    expect((await served()).status).toBe(404);
    expect((await halt("show")).stdout).toBe("no halt is served\n");
  });

  test("is red in the inventory before it runs out, unless it stops nothing", async () => {
    const status = async () =>
      JSON.parse((await mulberry(["keys", "status", "--json", "--data", data])).stdout) as {
        readonly credentials: readonly { readonly name: string; readonly state: string }[];
      };
    await sign("--all");
    expect((await status()).credentials).toContainEqual(
      expect.objectContaining({ name: "halt", id: "1", state: "good" }),
    );
    expect(await (await fetch(`${server.url}/__heartbeat__`)).json()).toMatchObject({
      checks: { halt: "ok", served: "ok" },
    });
    await sign("--none");
    expect((await status()).credentials.map(({ name }) => name)).not.toContain("halt");
  });

  test.each(["", "--none --all", "--days 731 --all", "--min-ep x"])(
    "with %j is wrong usage",
    async (line) => {
      expect(await sign(...line.split(" ").filter(Boolean))).toMatchObject({ code: 2, stdout: "" });
      expect((await served()).status).toBe(404);
    },
  );
});
