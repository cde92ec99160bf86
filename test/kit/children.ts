import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Processes of their own, for tests that end them amid their work.

/** Starts a script with Node; what it prints is for the caller to read. */
export function startChild(script: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [script, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "mulberry-compile-cache") },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Ends it with SIGKILL; resolves once it is gone and all that it printed was read. */
export function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on("close", () => {
      resolve();
    });
    child.kill("SIGKILL");
  });
}
