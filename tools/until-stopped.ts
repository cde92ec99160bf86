import { describeError, oneLine } from "#server/errors.ts";
import { UsageError } from "./start-arguments.ts";

/** What a script that runs until somebody ends it is handed. */
export interface Running {
  /** Aborted by Ctrl-C and its kin, or when whoever started this is gone. */
  readonly stopping: AbortSignal;
  /** Has something ended with the script: what was begun last ends first. */
  readonly onEnd: (close: () => Promise<unknown>) => void;
}

/**
 * Runs a script to its end and ends the process: everything that it began has ended by then.
 *
 * @param usage - the command that shows how it is used, for who uses it wrongly
 * @param main - resolves with the exit code; what it throws is told on stderr, with 2 for wrong usage,
 *   130 where a signal was the reason, else 1
 */
export async function untilStopped(
  usage: string,
  main: (running: Running) => Promise<number>,
): Promise<never> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopping.abort();
    });
  }
  // Where whoever started this was killed, nobody else ends it.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopping.abort();
  }, 500);
  const closers: (() => Promise<unknown>)[] = [];
  let status = 1;
  try {
    status = await main({
      stopping: stopping.signal,
      onEnd: (close) => void closers.push(close),
    });
  } catch (error) {
    if (stopping.signal.aborted) status = 130;
    else if (error instanceof UsageError) {
      status = 2;
      console.error(`usage: ${oneLine(error.message)} (${usage} shows how it is used)`);
    } else for (const said of describeError(error)) console.error(said);
  } finally {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  }
  // Whatever a library still waits for, everything of ours has ended.
  process.exit(status);
}
