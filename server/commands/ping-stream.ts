import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { escapeControls } from "#server/escape-controls.ts";
import type { IngestProblem } from "#server/ingest/errors.ts";
import { indexPath } from "#server/ingest/ping-index.ts";
import { embeddedIn, requireData } from "#server/data-folder.ts";
import { readPings, type PingFilter, type StoredPing } from "#server/ingest/reader.ts";
import { note } from "./print.ts";

// What `mulberry events` and `mulberry pings` share: they read the data folder themselves, so they
// work beside a running server and without one.

/** How often a follower looks whether the files changed, in milliseconds. */
const pollMs = 200;
/** A file that changed this recently may have changed once more within the same tick of its clock. */
const freshMs = 1_000;

/**
 * The data folder that a command was told: `--data`, here or before the command's name, else the environment.
 *
 * @param options.mayBeEmpty - a folder that is there will do: a follower may come before the server
 * @throws ServerError `data/none`
 */
export function dataFolderOf(
  command: Command,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): string {
  const data: unknown = command.optsWithGlobals()["data"];
  const variable = process.env["MULBERRY_DATA"];
  const named = [data, variable].find((one) => typeof one === "string" && one !== "");
  const folder = resolve(typeof named === "string" ? named : ".mulberry");
  if (!(mayBeEmpty && existsSync(folder))) requireData(embeddedIn(folder));
  return folder;
}

/** Accepted pings in order of receipt; with `signal` it goes on with those to come until that is aborted. */
export async function* streamPings(
  dataDir: string,
  filter: PingFilter,
  signal?: AbortSignal,
): AsyncGenerator<StoredPing> {
  if (!existsSync(indexPath(dataDir))) note("ingest/empty", `${dataDir} holds no pings yet`);
  if (signal === undefined) {
    yield* readPings(dataDir, filter, warn);
    return;
  }
  const isOver = () => signal.aborted;
  let afterSeq = 0;
  let seen: FileStamp | undefined;
  while (!isOver()) {
    const stamp = stampOf(indexPath(dataDir));
    if (seen?.text !== stamp.text || Date.now() - stamp.changedMs < freshMs) {
      seen = stamp;
      for await (const stored of readPings(dataDir, { ...filter, afterSeq }, warn)) {
        if (isOver()) return;
        afterSeq = stored.seq;
        yield stored;
      }
    }
    await pause(pollMs, signal);
  }
}

/** Prints values as JSON, one a line; a reader that went away (`| head`) is no failure. */
export async function printLines(values: AsyncIterable<unknown>): Promise<void> {
  try {
    await pipeline(Readable.from(lines(values)), process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

/** Aborted by Ctrl-C, which is how a follower is meant to end. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      controller.abort();
    });
  return controller.signal;
}

async function* lines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${escapeControls(JSON.stringify(value))}\n`;
}

function warn({ code, message }: IngestProblem): void {
  note(code, message);
}

interface FileStamp {
  readonly text: string;
  readonly changedMs: number;
}

/**
 * Changes whenever a writer committed. The system's own notices (inotify) are of no use here: a
 * reader of SQLite touches files beside the database, and would wake itself for ever.
 */
function stampOf(path: string): FileStamp {
  const stats = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false }));
  const parts = stats.map((stat) =>
    stat === undefined || stat.size === 0 ? "" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`,
  );
  const times = stats.map((stat) => (stat === undefined || stat.size === 0 ? 0 : stat.mtimeMs));
  return { text: parts.join(), changedMs: Math.max(...times) };
}

/** Ends early, and without an error, when `signal` is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
  }
}
