import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFailed, test } from "vitest";
import { killed, startChild } from "#kit/children.ts";
import { randomOf } from "#kit/filters.ts";
import { aConfig, temporaryFolder, untilPrinted } from "#kit/server.ts";
import { aWalkingClient } from "#kit/walking-client.ts";
import { startServer } from "#server/main.ts";
import { openLog } from "#server/observe/log.ts";
import { verifySigned } from "#server/publish/served-set.ts";
import { openServedFiles } from "#server/store/static-folder.ts";
import { sized } from "#kit/size.ts";

// Publishers that are killed at any moment, beside a server that goes on serving. Long:
// KILL_ROUNDS=300 npx vitest run --project flow test/flow/publish-kill.test.ts

const script = fileURLToPath(new URL("./publish-child.ts", import.meta.url));
const kills = sized("KILL_ROUNDS", { quick: 3, whole: 20 });
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 100_000);

test(
  `${String(kills)} kills of two publishers: no browser is ever given an invalid or mixed set, each number is signed once`,
  async () => {
    onTestFailed(() => {
      console.log(`KILL_SEED=${String(seed)}`);
    });
    const random = randomOf(seed);
    await using folder = await temporaryFolder();
    const lines: string[] = [];
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    const server = await startServer(aConfig(folder.path), { log });
    const browsers = askingBrowsers(server.url, await pinnedRoot(folder.path));
    const seen = new Map<number, string>();
    let last = 0;

    for (let kill = 0; kill < kills; kill += 1) {
      const children = ["a", "b"].map((slug) => startChild(script, folder.path, slug));
      // One of the two got something through, so that however slow the machine, no round proves nothing.
      await Promise.race(children.map((child) => untilPrinted(child, /published 0\n/u)));
      await delay(random() * 120);
      await Promise.all(children.map(killed));

      const { n, digest } = await setOnDisk(folder.path);
      expect(n).toBeGreaterThanOrEqual(last);
      expect(seen.get(n) ?? digest).toBe(digest);
      seen.set(n, digest);
      last = n;
    }
    const asked = await browsers.stop();
    await server.close();

    expect(last).toBeGreaterThanOrEqual(kills);
    expect(asked.refused).toEqual([]);
    expect(asked.sets).toBeGreaterThan(kills);
    expect(lines.filter((line) => line.includes("publish.reload-failed"))).toEqual([]);
    // What a kill left between store and folder is put right by the next start.
    const again = await startServer(aConfig(folder.path));
    const served = await (await fetch(`${again.url}/v2/bundle.json`)).text();
    await again.close();
    expect(served).toBe(await bundleText(folder.path));
    expect((await setOnDisk(folder.path)).n).toBeGreaterThanOrEqual(last);
  },
  120_000 + kills * 10_000,
);

/**
 * Browsers that ask without a pause, until told to stop: one that has been there all along, which a set
 * older than its last would be a rollback for, and one after another that has seen nothing.
 */
function askingBrowsers(
  url: string,
  root: unknown,
): {
  readonly stop: () => Promise<{ readonly sets: number; readonly refused: readonly unknown[] }>;
} {
  const faithful = aWalkingClient(root);
  const refused: unknown[] = [];
  let sets = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      for (const browser of [faithful, aWalkingClient(root)]) {
        const outcome = await browser.run(url);
        if (outcome.kind === "failed") refused.push(outcome);
        else refused.push(...[...outcome.bodies.values()].filter(({ kind }) => kind !== "body"));
        sets += 1;
      }
    }
  })();
  return {
    async stop() {
      over.abort();
      await asking;
      return { sets, refused };
    },
  };
}

/** Verifies what lies in the public folder as a client would, roots and bodies included. */
async function setOnDisk(
  dataDir: string,
): Promise<{ readonly n: number; readonly digest: string }> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const bundle = new TextEncoder().encode(await bundleText(dataDir));
  return (await verifySigned(openServedFiles(dataDir).read, bundle, { nowSeconds })).state;
}

function bundleText(dataDir: string): Promise<string> {
  return readFile(join(dataDir, "public/v2/bundle.json"), "utf8");
}

async function pinnedRoot(dataDir: string): Promise<unknown> {
  return JSON.parse(await readFile(join(dataDir, "keys/root.json"), "utf8"));
}
