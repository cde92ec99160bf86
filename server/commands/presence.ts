import { setTimeout as delay } from "node:timers/promises";
import { isOfTime, TrustError } from "#core/trust-error.ts";
import type { ServerConfig } from "../config.ts";
import { bundlePath, verifySigned } from "../publish/served-set.ts";
import { openPublicFiles, type PublicFiles } from "../store/public-files.ts";
import { announcedServer } from "../workplace.ts";
import { note } from "./print.ts";

/** How long a server on this machine may take to say that it is there, in milliseconds. */
const patienceMs = 3_000;
/** How long a server may take to hand out what was just written, in milliseconds: it looks four times a second. */
const takeOverMs = 5_000;
const askEveryMs = 50;

type Presence = "served" | "behind" | "not-running";

/**
 * Waits until the server that runs on this data folder hands out what was just published, so that
 * whoever sees the command end can ask a browser for it. Says so when that does not come: no server
 * runs here, or it still serves an older set.
 */
export async function awaitServed({ dataDir }: Pick<ServerConfig, "dataDir">): Promise<void> {
  const deadline = performance.now() + takeOverMs;
  let presence = await presenceOf(dataDir);
  while (presence === "behind" && performance.now() < deadline) {
    await delay(askEveryMs);
    presence = await presenceOf(dataDir);
  }
  if (presence === "not-running")
    note(
      "server/not-running",
      `no server runs on ${dataDir}: this is stored, and browsers learn of it once "mulberry serve" runs`,
    );
  if (presence === "behind")
    note(
      "server/behind",
      "this is stored, but the running server still hands out an older set: see its log for publish.reload-failed",
    );
  if (presence === "served") await checkAddresses(dataDir);
}

/** Says so when nobody answers where a build is going to ask. */
export async function noteUnreached(url: string): Promise<void> {
  try {
    await fetch(`${url}/v2/root/1.json`, { signal: AbortSignal.timeout(patienceMs) });
  } catch {
    note(
      "server/not-running",
      `nobody answers at ${url}, which the build will ask: name another server with --server, or start that one`,
    );
  }
}

/**
 * The client's own verification over what its addresses hand out: between the server, which holds the
 * same bytes against it before, and a browser there may be a proxy. One that is not reached from here,
 * or still has the set before, is not wrong.
 */
async function checkAddresses(dataDir: string): Promise<void> {
  const server = await announcedServer(dataDir);
  if (server === undefined) return;
  for (const url of new Set([server.local, server.url])) {
    const read = async (path: string): Promise<Uint8Array | undefined> => {
      const answer = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(patienceMs) });
      const bytes = await answer.bytes();
      return answer.ok ? bytes : undefined;
    };
    try {
      const bundle = await read(bundlePath);
      const nowSeconds = Math.floor(Date.now() / 1_000);
      if (bundle !== undefined) await verifySigned(read, bundle, { nowSeconds });
    } catch (error) {
      if (error instanceof TrustError && !isOfTime(error.code))
        note(
          "server/unverifiable",
          `a client refuses what ${url} hands out (${error.code}: ${error.message}): what lies between it and the data folder?`,
        );
    }
  }
}

/**
 * Whether the server that last announced itself in a data folder answers, works on this very folder
 * (it serves the same first root, which no other folder has), and serves what lies there now.
 */
async function presenceOf(dataDir: string): Promise<Presence> {
  const server = await announcedServer(dataDir);
  const files = openPublicFiles(dataDir);
  const ask = async (path: string): Promise<string | undefined> => {
    const answer = await fetch(`${server?.local ?? ""}/v2/${path}`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    return answer.ok ? text : undefined;
  };
  try {
    const first = await files.root(1);
    if (server === undefined || (await ask("root/1.json")) !== first) return "not-running";
    for (const [path, text] of [
      ["bundle.json", await files.bundle()],
      ["halt.jws", await files.halt()],
      ...(await newestRoot(files)),
    ] as const)
      if ((await ask(path)) !== text) return "behind";
    return "served";
  } catch {
    // Refused, too slow or no HTTP at all: whatever the cause, nobody serves this folder.
    return "not-running";
  }
}

async function newestRoot(files: PublicFiles): Promise<readonly [string, string][]> {
  let newest: readonly [string, string][] = [];
  for (let version = 1; ; version += 1) {
    const text = await files.root(version);
    if (text === undefined) return newest;
    newest = [[`root/${String(version)}.json`, text]];
  }
}
