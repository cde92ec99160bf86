import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFailed, test } from "vitest";
import { verifyBody, verifyBundle, verifyRoot } from "#core/trust.ts";
import { randomOf } from "#kit/filters.ts";
import { aConfig, temporaryFolder, untilPrinted } from "#kit/server.ts";
import { startServer } from "#server/main.ts";
import { joseTokens } from "#server/publish/jose-verifying.ts";

const kills = 8;

test(`${String(kills)} kills of two publishers leave a set that verifies, each number once`, async () => {
  const seed = Date.now() % 100_000;
  onTestFailed(() => {
    console.log(`seed ${String(seed)}`);
  });
  const random = randomOf(seed);
  await using folder = await temporaryFolder();
  await (await startServer(aConfig(folder.path))).close();
  const seen = new Map<number, string>();
  let last = 0;

  for (let kill = 0; kill < kills; kill += 1) {
    const children = ["a", "b"].map((slug) => startChild(folder.path, slug));
    // One of the two got something through, so that however slow the machine, no round proves nothing.
    await Promise.race(children.map((child) => untilPrinted(child, /published 0\n/u)));
    await delay(random() * 120);
    await Promise.all(children.map(killed));

    const { n, digest } = await verifiedSet(folder.path);
    expect(n).toBeGreaterThanOrEqual(last);
    expect(seen.get(n) ?? digest).toBe(digest);
    seen.set(n, digest);
    last = n;
  }

  expect(last).toBeGreaterThanOrEqual(kills);
  const server = await startServer(aConfig(folder.path));
  const served: unknown = await (await fetch(`${server.url}/v2/bundle.json`)).json();
  const onDisk: unknown = JSON.parse(await bundleText(folder.path));
  await server.close();
  expect(served).toEqual(onDisk);
  expect((await verifiedSet(folder.path)).n).toBeGreaterThanOrEqual(last);
}, 120_000);

function startChild(dataDir: string, slug: string): ChildProcess {
  const script = fileURLToPath(new URL("./publish-child.ts", import.meta.url));
  return spawn(process.execPath, [script, dataDir, slug], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "mulberry-compile-cache") },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on("close", () => {
      resolve();
    });
    child.kill("SIGKILL");
  });
}

/** Verifies what lies in the public folder as a client would, bodies included. */
async function verifiedSet(
  dataDir: string,
): Promise<{ readonly n: number; readonly digest: string }> {
  const rootText = await readFile(join(dataDir, "public/v2/root/1.json"), "utf8");
  const { root } = await verifyRoot(JSON.parse(rootText), joseTokens);
  const { manifest, state } = await verifyBundle(
    JSON.parse(await bundleText(dataDir)),
    root,
    undefined,
    Math.floor(Date.now() / 1_000),
    joseTokens,
  );
  for (const entry of manifest.recipes)
    verifyBody(entry, await readFile(join(dataDir, "public/v2/r", entry.sha256), "utf8"));
  return state;
}

function bundleText(dataDir: string): Promise<string> {
  return readFile(join(dataDir, "public/v2/bundle.json"), "utf8");
}
