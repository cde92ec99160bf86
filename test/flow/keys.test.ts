import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { aConfig, expectRefusal, mulberry, type Outcome, temporaryFolder } from "#kit/server.ts";
import { aWalkingClient, type WalkingClient } from "#kit/walking-client.ts";
import { withKeysAlone } from "#server/keyring.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// Changing keys by the command line, beside a running server, seen by a client over HTTP.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let server: RunningServer;
let client: WalkingClient;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  server = await startServer(aConfig(data));
  client = aWalkingClient(JSON.parse(await readFile(join(data, "keys/root.json"), "utf8")));
  await server.publishLive([aPreferenceStudy({ id: 7 })]);
});
afterEach(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const keys = (...args: readonly string[]): Promise<Outcome> =>
  mulberry(["keys", ...args, "--data", data]);
const read = (name: string): Promise<string> => readFile(join(data, "keys", name), "utf8");
/** What a client that comes now believes. */
async function seen(): Promise<{ readonly ep: number; readonly n: number }> {
  const outcome = await client.run(server.url);
  if (outcome.kind === "failed") throw new Error(outcome.reason);
  return outcome.manifest;
}
/** Takes the root keys to where this machine does not reach them. */
async function takeOffline(): Promise<void> {
  await mkdir(at("safe"));
  for (const number of [1, 2, 3])
    await rename(
      join(data, `keys/root-${String(number)}.json`),
      at(`safe/root-${String(number)}.json`),
    );
}
async function signed(request: string, number: number | string): Promise<string> {
  const { stdout } = await mulberry(
    ["keys", "sign", at(request), "--key", at(`safe/root-${String(number)}.json`)],
    { MULBERRY_DATA: at("nowhere") },
  );
  const name = at(`${request}.${String(number)}`);
  await writeFile(name, stdout);
  return name;
}

describe("the online key", () => {
  test("is rotated in its epoch, and browsers go on counting", async () => {
    const before = await seen();
    const key = await read("online.json");
    expect(await keys("rotate")).toMatchObject({ code: 0, stderr: "" });

    expect(await seen()).toMatchObject({ ep: 1, n: before.n + 1 });
    expect(await read("online.json")).not.toBe(key);
    expect((await stat(join(data, "keys/online.json"))).mode & 0o777).toBe(0o600);
    // The running server signs with the new one, too.
    await server.publishLive([]);
    expect(await seen()).toMatchObject({ ep: 1, n: before.n + 2 });
  });

  test.each(["rotate --epoch", "revoke"])(
    "begins a new epoch by %s, and the old key is believed no more",
    async (line) => {
      await seen();
      const stolen = await (await fetch(`${server.url}/v2/bundle.json`)).text();
      const { code, stdout, stderr } = await keys(...line.split(" "));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/halt sign .*--min-ep 2\n.*root-request --min-ep 2/u);
      expect(await seen()).toMatchObject({ ep: 2, n: 1 });

      await writeFile(join(data, "public/v2/bundle.json"), stolen);
      await server.settled();
      const { url } = await startedAnew();
      expect(await client.run(url)).toMatchObject({ kind: "verified", manifest: { ep: 2 } });
    },
  );

  test("keeps its keycert young by renew, in the same epoch", async () => {
    const before = await read("keycert.jwt");
    expect((await keys("renew")).code).toBe(0);
    expect(await read("keycert.jwt")).not.toBe(before);
    expect(await seen()).toMatchObject({ ep: 1 });
  });

  test("is not replaced by a keycert for another one, or signed by a stranger", async () => {
    await takeOffline();
    await keys("rotate", "--request", at("old.json"));
    // A later request lays another key ready.
    await keys("rotate", "--request", at("request.json"));
    const before = await read("keycert.jwt");
    expectRefusal(
      await keys("accept", at("old.json"), await signed("old.json", 1)),
      /^keys\/not-accepted: .*another key/u,
    );
    await mulberry(["keys", "init", "--data", at("other")]);
    await rename(at("other/keys/root-1.json"), at("safe/root-stranger.json"));
    expectRefusal(
      await keys("accept", at("request.json"), await signed("request.json", "stranger")),
      /^keys\/not-accepted: .*not signed by a key of/u,
    );
    expect(await read("keycert.jwt")).toBe(before);
    expect((await keys("accept", at("request.json"), await signed("request.json", 2))).code).toBe(
      0,
    );
    expect(await seen()).toMatchObject({ ep: 1 });
    expect(await readdir(join(data, "keys"))).not.toContain("online.next.json");
  });

  test("is in use wherever a rotation was cut off", async () => {
    const old = await read("online.json");
    await keys("rotate");
    // As it was before the last step: the keycert names the key that lies ready.
    await rename(join(data, "keys/online.json"), join(data, "keys/online.next.json"));
    await writeFile(join(data, "keys/online.json"), old, { mode: 0o600 });
    const { n } = await seen();
    await server.publishLive([]);
    expect(await seen()).toMatchObject({ n: n + 1 });
    expect((await keys("rotate")).code).toBe(0);
    expect(await seen()).toMatchObject({ n: n + 2 });
  });

  test("is changed by one command at a time, and so is a halt", async () => {
    await takeOffline();
    const key = at("safe/root-1.json");
    const before = await read("keycert.jwt");
    await withKeysAlone({ dataDir: data, env: "development" }, async () => {
      for (const command of [
        ["keys", "rotate", "--key", key],
        ["keys", "revoke", "--key", key],
        ["keys", "renew", "--key", key],
        ["halt", "sign", "--key", key, "--all"],
      ])
        expectRefusal(await mulberry([...command, "--data", data]), /keys\/busy/u);
      expect(await read("keycert.jwt")).toBe(before);
    });
    expect(await keys("rotate", "--key", key)).toMatchObject({ code: 0 });
  });

  test("that others can read is refused", async () => {
    await chmod(join(data, "keys/online.json"), 0o640);
    expectRefusal(await keys("status"), /^keys\/unsafe-mode: .*mode 640.*chmod 600/u);
  });

  test("may not go back to an epoch that is over", async () => {
    await takeOffline();
    await keys("generate", "--out", at("own.json"));
    const own = ["--online", at("own.json")];
    await keys("rotate", ...own, "--request", at("late.json"));
    const late = await signed("late.json", 1);
    await keys("rotate", ...own, "--epoch", "--key", at("safe/root-1.json"));
    expectRefusal(
      await keys("accept", at("late.json"), late),
      /^keys\/not-accepted: .*epoch 2 has begun/u,
    );
    expect(await seen()).toMatchObject({ ep: 2 });
  });
});

async function startedAnew(): Promise<RunningServer> {
  await server.close();
  server = await startServer(aConfig(data));
  return server;
}
