import { spawn } from "node:child_process";
import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { aPing } from "#kit/pings.ts";
import { mulberryBin, temporaryFolder, untilPrinted } from "#kit/server.ts";

/** Files and folders under the data folder that anybody but their owner may open, by name. */
async function openToOthers(data: string): Promise<readonly string[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const names = await Promise.all(
    entries.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return ((await stat(path)).mode & 0o077) === 0 ? [] : [path.slice(data.length + 1)];
    }),
  );
  return names.flat().sort();
}

/** A server whose user lets everybody read, and write, what is not closed on purpose. */
async function serveOpenly(data: string): Promise<AsyncDisposable & { readonly url: string }> {
  const command = ["-c", 'umask 0; exec "$0" "$@"', process.execPath, mulberryBin];
  const child = spawn("/bin/sh", [...command, "serve", "--port", "0", "--data", data], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      resolve();
    });
  });
  const [, url = ""] = await untilPrinted(child, /url=(\S+)/u);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const closed = /^(?:ingest|mulberry\.db)/u;

/** What the server closes, as an older version left it. */
async function openUp(data: string): Promise<void> {
  for (const name of await readdir(data, { recursive: true }))
    if (closed.test(name)) await chmod(join(data, name), name.includes(".") ? 0o666 : 0o777);
}

test("pings and recipes are closed to others whatever the umask, also in a folder of an older version", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const ping = aPing();
  const address = `/submit/telemetry/${ping.id}/event/Firefox/153.0/esr/20261101000000`;

  for (const age of ["new", "old"]) {
    if (age === "old") await openUp(data);
    await using server = await serveOpenly(data);
    const body = gzipSync(JSON.stringify(ping));
    const headers = { "content-encoding": "gzip" };
    const answer = await fetch(server.url + address, { method: "POST", headers, body });
    expect(answer.status, age).toBe(200);

    const open = await openToOthers(data);
    expect(
      open.filter((name) => closed.test(name)),
      age,
    ).toEqual([]);
    // The umask was the one that this test is about.
    expect(open).toContain("server.json");
  }
}, 60_000);
