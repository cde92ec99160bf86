import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import * as v from "valibot";
import { mulberryBin, untilPrinted } from "#kit/server.ts";
import { announcedServer } from "#server/workplace.ts";
import { row, type Row } from "./promise.ts";

// Servers side by side: how they are started, how much they answer, and what it costs them.

/** A process that serves. */
export interface Running {
  readonly url: string;
  readonly pid: number;
}

/** Answers a second: by the clock, and of the time that the server's processes had a processor. */
export interface Rate {
  byClock: number;
  byProcessor: number;
}

/** More is better here: the ratio says how many of ours come on one of theirs. */
export function faster(what: string, ours: number, theirs: number, unit: string): Row {
  return { ...row(what, ours, theirs, unit), ratio: ours / theirs };
}

export function keepBest(best: Rate, now: Rate): void {
  best.byClock = Math.max(best.byClock, now.byClock);
  best.byProcessor = Math.max(best.byProcessor, now.byProcessor);
}

const counted = v.object({ perSecond: v.number(), all: v.number() });

/**
 * Lets a script of `subjects/` ask a server for as much as it answers.
 *
 * @param pid - of the server
 */
export async function loadOf(pid: number, name: string, job: unknown): Promise<Rate> {
  const script = path.join(import.meta.dirname, "subjects", name);
  const before = await processorSeconds(pid);
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(job)]);
  const { perSecond, all } = v.parse(counted, JSON.parse(stdout));
  return {
    byClock: perSecond,
    byProcessor: all / ((await processorSeconds(pid)) - before),
  };
}

/** What a process and its children have had, as Linux counts it: in hundredths of a second. */
async function processorSeconds(pid: number): Promise<number> {
  const proc = `/proc/${String(pid)}`;
  const children = (await readFile(`${proc}/task/${String(pid)}/children`, "utf8")).trim();
  const all = [pid, ...children.split(" ").filter(Boolean).map(Number)];
  const ticks = all.map(async (one) => {
    const fields = (await readFile(`/proc/${String(one)}/stat`, "utf8")).split(") ")[1]?.split(" ");
    return Number(fields?.[11]) + Number(fields?.[12]);
  });
  return (await Promise.all(ticks)).reduce((sum, one) => sum + one, 0) / 100;
}

/** As people run it, its log lines going nowhere. */
export async function startOurs(dataDir: string, stack: AsyncDisposableStack): Promise<Running> {
  const child = spawn(process.execPath, [mulberryBin, "serve", "--port", "0", "--data", dataDir], {
    env: { ...process.env, MULBERRY_ENV: "production" },
    stdio: "ignore",
  });
  stack.defer(() => void child.kill());
  for (;;) {
    const announced = await announcedServer(dataDir);
    if (announced !== undefined) return { url: announced.local, pid: child.pid ?? 0 };
    if (child.exitCode !== null)
      throw new Error(`mulberry serve ended with ${String(child.exitCode)}`);
    await delay(50);
  }
}

/** Starts a script of `subjects/` that prints its address. */
export async function startScript(
  name: string,
  args: readonly string[],
  stack: AsyncDisposableStack,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Running> {
  const script = path.join(import.meta.dirname, "subjects", name);
  const child = spawn(process.execPath, [script, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  stack.defer(() => void child.kill("SIGKILL"));
  const [, url = ""] = await untilPrinted(child, /^url=(\S+)$/mu);
  return { url, pid: child.pid ?? 0 };
}
