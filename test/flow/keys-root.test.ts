import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aConfig, expectRefusal, mulberry, type Outcome, temporaryFolder } from "#kit/server.ts";
import { aWalkingClient } from "#kit/walking-client.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// The root that follows: asked for here, signed where the keys are, walked to by clients.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let server: RunningServer;
let pinned: unknown;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  server = await startServer(aConfig(data));
  pinned = JSON.parse(await readFile(join(data, "keys/root.json"), "utf8"));
  await mkdir(at("safe"));
  for (const number of [1, 2, 3])
    await rename(
      join(data, `keys/root-${String(number)}.json`),
      at(`safe/root-${String(number)}.json`),
    );
});
afterEach(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const keys = (...args: readonly string[]): Promise<Outcome> =>
  mulberry(["keys", ...args, "--data", data]);
const request = (...args: readonly string[]): Promise<Outcome> =>
  keys("root-request", "--out", at("request.json"), ...args);
async function nameOfKey(number: number): Promise<string> {
  const root = pinned as { readonly payload: string };
  const payload = JSON.parse(Buffer.from(root.payload, "base64url").toString()) as {
    readonly roles: { readonly root: { readonly k: readonly string[] } };
  };
  return payload.roles.root.k[number - 1] ?? "";
}
async function signatures(...names: readonly (string | number)[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of names) {
    const key = at(`safe/root-${String(name)}.json`);
    const { stdout } = await mulberry(["keys", "sign", at("request.json"), "--key", key]);
    files.push(at(`signature-${String(name)}.json`));
    await writeFile(files.at(-1) ?? "", stdout);
  }
  return files;
}
const accept = async (...names: readonly (string | number)[]): Promise<Outcome> =>
  keys("accept", at("request.json"), ...(await signatures(...names)));

describe("the next root", () => {
  test("takes the place of a lost key, for browsers that pin the first and for new ones", async () => {
    const made = await keys("generate", "--out", at("safe/root-new.json"));
    expect(Object.keys(JSON.parse(made.stdout) as object)).toEqual(["kty", "crv", "x", "y"]);
    expect((await stat(at("safe/root-new.json"))).mode & 0o777).toBe(0o600);
    expectRefusal(await keys("generate", "--out", at("safe/root-new.json")), /^keys\/exist: /u);
    await writeFile(at("new.json"), made.stdout);
    const lost = await nameOfKey(3);
    expect(await request("--replace", `${lost}=${at("new.json")}`)).toMatchObject({ code: 0 });
    expect(await accept(1, 2)).toMatchObject({ code: 0, stderr: "" });

    for (const version of [1, 2])
      expect((await fetch(`${server.url}/v2/root/${String(version)}.json`)).status).toBe(200);
    expect(await aWalkingClient(pinned).run(server.url)).toMatchObject({ kind: "verified" });
    const newest: unknown = JSON.parse(await readFile(join(data, "keys/root.json"), "utf8"));
    expect(await aWalkingClient(newest).run(server.url)).toMatchObject({ kind: "verified" });

    // The new key counts, the lost one no more; the one after that is walked to as well.
    await request();
    expectRefusal(await accept(1, 3), /^keys\/not-accepted: /u);
    expect((await accept(2, "new")).code).toBe(0);
    expect(await aWalkingClient(pinned).run(server.url)).toMatchObject({ kind: "verified" });
    await server.close();
    server = await startServer(aConfig(data));
    expect((await fetch(`${server.url}/v2/root/3.json`)).status).toBe(200);
  });

  test("is refused with too few signatures, one twice, or over other bytes", async () => {
    await request();
    expectRefusal(await accept(1), /^keys\/not-accepted: .*1 valid signatures of 2/u);
    expectRefusal(await accept(1, 1), /^keys\/not-accepted: .*1 valid signatures of 2/u);
    const old = await signatures(1, 2);
    await request("--min-ep", "1", "--json");
    const text = await readFile(at("request.json"), "utf8");
    const other = JSON.parse(text) as { readonly payload: string };
    const later = Buffer.from(other.payload, "base64url")
      .toString()
      .replace('"min_ep":1', '"min_ep":0');
    await writeFile(
      at("request.json"),
      JSON.stringify({ ...other, payload: Buffer.from(later).toString("base64url") }),
    );
    expectRefusal(
      await keys("accept", at("request.json"), ...old),
      /^keys\/not-accepted: .*0 valid signatures/u,
    );
    expect((await fetch(`${server.url}/v2/root/2.json`)).status).toBe(404);
  });

  test("is not even asked for where it would leave the keycert worth nothing", async () => {
    await keys("generate", "--out", at("safe/root-new.json")).then(({ stdout }) =>
      writeFile(at("new.json"), stdout),
    );
    expectRefusal(
      await request("--replace", `${await nameOfKey(1)}=${at("new.json")}`),
      /^keys\/orphaned: .*mulberry keys renew/u,
    );
    expectRefusal(await request("--min-ep", "2"), /^keys\/orphaned: .*mulberry keys revoke/u);
    expectRefusal(
      await request("--replace", `unknown=${at("new.json")}`),
      /^keys\/unknown-key: .*none/u,
    );
    expectRefusal(
      await request("--replace", `${await nameOfKey(1)}=${at("safe/root-2.json")}`),
      /^keys\/malformed: /u,
    );
  });

  test("does not lift a halt without a word", async () => {
    const root = ["--root", join(data, "keys/root.json")];
    const halt = (number: number) =>
      mulberry([
        "halt",
        "sign",
        "--key",
        at(`safe/root-${String(number)}.json`),
        "--all",
        "--data",
        data,
      ]);
    expect((await halt(3)).code).toBe(0);
    const { stdout } = await keys("generate", "--out", at("safe/root-new.json"));
    await writeFile(at("new.json"), stdout);
    await request("--replace", `${await nameOfKey(3)}=${at("new.json")}`, ...root.slice(2));
    expectRefusal(await accept(1, 2), /^keys\/orphaned: .*halt\.jws.*mulberry halt sign/u);
    expect((await halt(2)).code).toBe(0);
    expect((await accept(1, 2)).code).toBe(0);
    expect(await aWalkingClient(pinned).run(server.url)).toMatchObject({ kill: { all: true } });
  });

  test("is said in plain words to whoever signs it, with what changes", async () => {
    const { stdout } = await keys("generate", "--out", at("safe/root-new.json"));
    await writeFile(at("new.json"), stdout);
    const gone = await nameOfKey(3);
    await request("--replace", `${gone.slice(0, 8)}=${at("new.json")}`);
    const root = ["--root", join(data, "keys/root.json")];
    const sign = (name: string) =>
      mulberry([
        "keys",
        "sign",
        at("request.json"),
        "--key",
        at(`safe/root-${name}.json`),
        ...root,
      ]);
    const { stderr } = await sign("3");
    expect(stderr).toContain("root 2 for development");
    expect(stderr).toContain(`no longer in it: ${gone}\n`);
    expect(stderr).toContain("is none of its keys");
    expect((await sign("new")).stderr).toContain("is one of its keys");
    await keys("renew", "--request", at("request.json"));
    expect((await sign("1")).stderr).toMatch(
      /^a keycert for development: .*publish.*\n(?:.*\n)*in epoch 1, /u,
    );
  });
});
