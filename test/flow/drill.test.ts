import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { token } from "#kit/authority.ts";
import { stealOnlineKey } from "#kit/impostor.ts";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { aConfig, mulberry, temporaryFolder } from "#kit/server.ts";
import { aWalkingClient, type WalkingClient } from "#kit/walking-client.ts";
import { parseManifest } from "#recipes/manifest-parse.ts";
import { tokenTypes } from "#recipes/manifest.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// The runbook of docs/operations.md, command by command as it stands there, on a production server
// whose root keys are elsewhere, beside browsers that fetch and verify over HTTP. One test builds on
// what the one before it left behind, as trouble does.

const runbook = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
const production = { MULBERRY_ENV: "production" };
const day = 86_400_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: RunningServer;
/** Another origin, for halts; answers with what lies in `post/`. */
let origin: Server;
let pinned: unknown;
/** A browser that has been there all along. */
let browser: WalkingClient;

const at = (name: string): string => join(folder.path, name);
const data = (): string => at("data");

beforeAll(async () => {
  // Only the clock: timers run as they do.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 22) });
  folder = await temporaryFolder();
  for (const name of ["post", "safe-1", "safe-2", "safe-3"]) await mkdir(at(name));
  const { code } = await mulberry(["keys", "init", "--data", data()], production);
  expect(code).toBe(0);
  for (const number of ["1", "2", "3"])
    await rename(at(`data/keys/root-${number}.json`), at(`safe-${number}/root-${number}.json`));
  await copyFile(at("data/keys/root.json"), at("post/in-force.json"));
  pinned = JSON.parse(await readFile(at("post/in-force.json"), "utf8"));
  origin = createServer((_request, response) => {
    readFile(at("post/halt.jws")).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  server = await start();
  browser = aBrowser();
});
afterAll(async () => {
  vi.useRealTimers();
  origin.closeAllConnections();
  origin.close();
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const start = (): Promise<RunningServer> => startServer(aConfig(data(), production));
function aBrowser(): WalkingClient {
  const { port } = origin.address() as AddressInfo;
  return aWalkingClient(pinned, { haltUrl: `http://127.0.0.1:${String(port)}/halt.jws` });
}

/** The commands under a heading of the runbook, block by block. */
function blocksOf(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = runbook.split(`### ${heading}\n`);
  const [own = ""] = section.split(/\n##/u);
  const blocks = [...own.matchAll(/```sh\n(.*?)```/gsu)].map(([, block = ""]) =>
    block.trim().split("\n"),
  );
  if (blocks.length === 0) throw new Error(`the runbook has no commands under ${heading}`);
  return blocks;
}

/** Types one command in: files lie in the test's folder, `>` takes what is printed. */
async function type(line: string, names: Readonly<Record<string, string>> = {}): Promise<void> {
  const words = line
    .replace(/^npx mulberry /u, "")
    .replaceAll(/[A-Z]{4,}(?==)/gu, (name) => names[name] ?? name)
    .replaceAll(/(?:post|safe-\d)\//gu, (place) => at(place))
    .split(" ");
  const arrow = words.indexOf(">");
  const args = arrow === -1 ? words : words.slice(0, arrow);
  // Root keys are on machines that have no data folder of ours.
  const where = line.includes(" keys sign ") ? at("nowhere") : data();
  const { code, stdout, stderr } = await mulberry([...args, "--data", where], production);
  expect({ line, code, stderr: code === 0 ? "" : stderr }).toEqual({ line, code: 0, stderr: "" });
  if (arrow !== -1) await writeFile(words[arrow + 1] ?? "", stdout);
}

async function follow(lines: readonly string[] = []): Promise<void> {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) await type(line);
}

const health = async (): Promise<number> => (await fetch(`${server.url}/__heartbeat__`)).status;

test("a recipe that does harm is stopped in every browser that asks", async () => {
  const study = join(folder.path, "study.json");
  const { id: _id, revision_id: _revision, ...draft } = aPreferenceStudy();
  await writeFile(study, JSON.stringify(draft));
  await mulberry(["recipe", "publish", study, "--data", data()], production);
  expect(await browser.run(server.url)).toMatchObject({ kind: "verified", kill: { slugs: [] } });

  await follow(blocksOf("A recipe does harm")[0]);
  expect(await browser.run(server.url)).toMatchObject({ kill: { slugs: ["tab-study"] } });
  await type("npx mulberry kill lift --slug tab-study");
  expect(await browser.run(server.url)).toMatchObject({ kill: { slugs: [] } });
});

test("it is stopped by a halt where the server cannot be reached", async () => {
  const [away, back] = blocksOf("The server cannot be reached, or cannot be trusted");
  await server.close();
  await follow(away);
  const heard: unknown[] = [];
  const { url } = server;
  expect(await browser.run(url, (kill) => heard.push(kill.slugs))).toMatchObject({
    kind: "failed",
    status: "network_error",
  });
  expect(heard).toEqual([["tab-study"]]);

  server = await start();
  await follow(back);
  expect((await fetch(`${server.url}/v2/halt.jws`)).status).toBe(200);
  expect(await browser.run(server.url)).toMatchObject({
    kind: "verified",
    kill: { slugs: ["tab-study"] },
  });
});

test("a thief of the online key is believed by nobody after the next epoch has begun", async () => {
  const before = (await (await fetch(`${server.url}/v2/bundle.json`)).json()) as Signed;
  const online = await stealOnlineKey(data());
  const forged = await serve({ keycert: before.keycert, manifest: await forge(before, online) });
  // The thief can do all that the online key could: one browser falls for it.
  const victim = aBrowser();
  expect(await victim.run(forged.url)).toMatchObject({
    kind: "verified",
    manifest: { n: 999_999 },
  });

  const [epoch, others] = blocksOf("The online key was stolen");
  await follow(epoch);
  expect(await browser.run(server.url)).toMatchObject({ manifest: { ep: 2, n: 1 } });
  expect(await browser.run(forged.url)).toMatchObject({ kind: "failed", reason: "epoch" });
  // It counted as far as it could, and is back with the next run.
  expect(await victim.run(server.url)).toMatchObject({ manifest: { ep: 2, n: 1 } });

  const captive = aBrowser();
  expect(await captive.run(forged.url)).toMatchObject({ kind: "verified" });
  await follow(others);
  expect(await captive.run(forged.url)).toMatchObject({ kind: "failed", reason: "epoch" });
  await rm(at("post/halt.jws"));
  // The root says it for good, to browsers that never heard of the halt.
  expect(await aBrowser().run(server.url)).toMatchObject({ kind: "verified" });
  const walked = aBrowser();
  expect(await walked.run(server.url)).toMatchObject({ kind: "verified" });
  expect(await walked.run(forged.url)).toMatchObject({ kind: "failed", reason: "epoch" });
  expect(await health()).toBe(200);
  await forged.close();
});

test("a root key that was lost gives way to a new one, for every browser there is", async () => {
  const lost = await rootKeyName(3);
  await rm(at("safe-3/root-3.json"));
  for (const line of blocksOf("A root key was lost")[0] ?? []) await type(line, { LOST: lost });

  expect(await browser.run(server.url)).toMatchObject({ kind: "verified", manifest: { ep: 2 } });
  expect(await aBrowser().run(server.url)).toMatchObject({ kind: "verified" });
  const newest: unknown = JSON.parse(await readFile(at("data/keys/root.json"), "utf8"));
  expect(await aWalkingClient(newest).run(server.url)).toMatchObject({ kind: "verified" });
  expect(await health()).toBe(200);
});

test("a renewal that everybody forgot costs nobody more than news", async () => {
  expect(await browser.run(server.url)).toMatchObject({ kind: "verified" });
  vi.setSystemTime(Date.now() + 22 * day);
  expect(await health()).toBe(500);
  vi.setSystemTime(Date.now() + 20 * day);
  await server.close();
  // It starts: pings come in, and what stops things is handed out.
  server = await start();
  expect(await health()).toBe(500);
  const late = await browser.run(server.url);
  expect(late).toMatchObject({ kind: "failed", status: "certificate_error" });

  await follow(blocksOf("Nobody renewed the keycert")[0]);
  expect(await browser.run(server.url)).toMatchObject({ kind: "verified", manifest: { ep: 2 } });
  await expect.poll(health).toBe(200);
});

interface Signed {
  readonly keycert: string;
  readonly manifest: string;
}

/** A manifest that ends everything and counts as far as the keycert lets it. */
async function forge(
  { manifest }: Signed,
  online: Awaited<ReturnType<typeof stealOnlineKey>>,
): Promise<string> {
  const text = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
  const payload = parseManifest(JSON.parse(text));
  return token({ ...payload, n: 999_999, recipes: [] }, tokenTypes.manifest, online);
}

/** A thief's server: our roots, as far as it likes, and its own bundle. */
async function serve(
  bundle: Signed,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const thief = createServer(({ url }, response) => {
    if (url !== "/v2/bundle.json") response.writeHead(404).end();
    else
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(bundle));
  });
  await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
  const { port } = thief.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        thief.closeAllConnections();
        thief.close(() => {
          resolve();
        });
      }),
  };
}

async function rootKeyName(number: number): Promise<string> {
  const { payload } = JSON.parse(await readFile(at("data/keys/root.json"), "utf8")) as {
    readonly payload: string;
  };
  const { roles } = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
    readonly roles: { readonly root: { readonly k: readonly string[] } };
  };
  return roles.root.k[number - 1] ?? "";
}
