import type { ServerConfig } from "../config.ts";
import { readKeyFiles } from "../store/key-files.ts";
import { announcedServer } from "../workplace.ts";
import { note } from "./print.ts";

/** How long a server on this machine may take to say that it is there, in milliseconds. */
const patienceMs = 3_000;

/** Says so when what was just stored waits for a server: none runs on this data folder. */
export async function noteUnserved({ dataDir }: Pick<ServerConfig, "dataDir">): Promise<void> {
  if (await isServed(dataDir)) return;
  note(
    "server/not-running",
    `no server runs on ${dataDir}: this is stored, and browsers learn of it once "mulberry serve" runs`,
  );
}

/**
 * Whether the server that last announced itself in a data folder answers, and works on this very
 * folder: what it serves is vouched for by this folder's keycert.
 */
async function isServed(dataDir: string): Promise<boolean> {
  const server = await announcedServer(dataDir);
  if (server === undefined) return false;
  const { keycert } = await readKeyFiles(dataDir);
  try {
    const answer = await fetch(`${server.local}/v2/bundle.json`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    return (await answer.text()).includes(JSON.stringify(keycert.trim()));
  } catch {
    // Refused, too slow or no HTTP at all: whatever the cause, nobody serves this folder.
    return false;
  }
}
