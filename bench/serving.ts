import { execFile, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
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
  /** The same without threads that run only where nobody else wants the processor. */
  byForeground: number;
}

export const noRate: Rate = { byClock: 0, byProcessor: 0, byForeground: 0 };

/** More is better here: the ratio says how many of ours come on one of theirs. */
export function faster(what: string, ours: number, theirs: number, unit: string): Row {
  return { ...row(what, ours, theirs, unit), ratio: ours / theirs };
}

export function keepBest(best: Rate, now: Rate): void {
  best.byClock = Math.max(best.byClock, now.byClock);
  best.byProcessor = Math.max(best.byProcessor, now.byProcessor);
  best.byForeground = Math.max(best.byForeground, now.byForeground);
}

const counted = v.object({ perSecond: v.number(), all: v.number() });

/**
 * Lets a script of `subjects/` ask a server for as much as it answers.
 *
 * @param pids - of the server, and of what serves it
 */
export async function loadOf(
  pids: readonly number[],
  name: string,
  job: unknown,
): Promise<Rate & { readonly all: number }> {
  const script = path.join(import.meta.dirname, "subjects", name);
  const before = await processorSeconds(pids);
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(job)]);
  const { perSecond, all } = v.parse(counted, JSON.parse(stdout));
  const after = await processorSeconds(pids);
  const background = after.background - before.background;
  return {
    byClock: perSecond,
    byProcessor: all / (after.all - before.all),
    byForeground: all / (after.all - before.all - background),
    all,
  };
}

/** What processes and their children have had, as Linux counts it: in hundredths of a second. */
async function processorSeconds(
  pids: readonly number[],
): Promise<{ readonly all: number; readonly background: number }> {
  const families = pids.map(async (pid) => {
    const tasks = `/proc/${String(pid)}/task/${String(pid)}/children`;
    return [pid, ...(await readFile(tasks, "utf8")).trim().split(" ").filter(Boolean)];
  });
  const processes = (await Promise.all(families)).flat();
  const had = processes.map((one) => ticksOf(`/proc/${String(one)}/stat`));
  const threads = processes.map(async (one) => {
    const folder = `/proc/${String(one)}/task`;
    return (await readdir(folder)).map((thread) => ticksOf(path.join(folder, thread, "stat")));
  });
  const all = await Promise.all(had);
  const single = await Promise.all((await Promise.all(threads)).flat());
  const idle = single.filter(({ nice }) => nice === 19);
  return { all: sumOf(all), background: sumOf(idle) };
}

const sumOf = (tasks: readonly { readonly ticks: number }[]): number =>
  tasks.reduce((sum, { ticks }) => sum + ticks, 0) / 100;

async function ticksOf(stat: string): Promise<{ readonly ticks: number; readonly nice: number }> {
  const fields = (await readFile(stat, "utf8")).split(") ")[1]?.split(" ");
  return { ticks: Number(fields?.[11]) + Number(fields?.[12]), nice: Number(fields?.[16]) };
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
