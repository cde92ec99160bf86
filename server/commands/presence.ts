import { setTimeout as delay } from "node:timers/promises";
import type { ServerConfig } from "../config.ts";
import { readKeyFiles } from "../store/key-files.ts";
import { openPublicFiles } from "../store/public-files.ts";
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
}

/**
 * Whether the server that last announced itself in a data folder answers, works on this very folder
 * (what it serves is vouched for by this folder's keycert), and serves what lies there now.
 */
async function presenceOf(dataDir: string): Promise<Presence> {
  const server = await announcedServer(dataDir);
  if (server === undefined) return "not-running";
  const { keycert } = await readKeyFiles(dataDir);
  try {
    const answer = await fetch(`${server.local}/v2/bundle.json`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    const served = await answer.text();
    if (!served.includes(JSON.stringify(keycert.trim()))) return "not-running";
    return served === (await openPublicFiles(dataDir).bundle()) ? "served" : "behind";
  } catch {
    // Refused, too slow or no HTTP at all: whatever the cause, nobody serves this folder.
    return "not-running";
  }
}
