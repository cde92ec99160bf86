import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import { readConfig, type ServerConfig } from "#server/config.ts";

/** A folder of a test's own. `await using` removes it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "mulberry-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A server's configuration on a free port. */
export function aConfig(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): ServerConfig {
  return readConfig(environment, { data: dataDir, port: "0" });
}

/** What a command came to. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, for a test that starts it in a way of its own. */
export const mulberryBin = fileURLToPath(new URL("../../server/bin.mjs", import.meta.url));

/** Starts `mulberry` as a process of its own, with nothing of ours in its environment. */
export function startMulberry(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("MULBERRY_"));
  return spawn(process.execPath, [mulberryBin, ...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `mulberry` as a process of its own to its end. */
export async function spawnMulberry(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = startMulberry(args, environment);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}

/** Runs one command line in this process, which is many times faster; one at a time. */
export async function mulberry(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { runCli } = await import("#server/cli.ts");
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      printed[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = undefined;
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return { code: await runCli(args), ...printed };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** How long a process may take to print a line, in milliseconds: what it printed instead is worth more than a test that is cut off. */
const printLimitMs = 120_000;

/** Resolves with the first line of a process's output that matches; rejects, with all of it, when it ends before. */
export function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (what: string): void => {
      clearTimeout(limit);
      reject(new Error(`${what} without printing ${String(pattern)}:\n${text}`));
    };
    const limit = setTimeout(fail, printLimitMs, "went on");
    const look = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
      const found = pattern.exec(text);
      if (found === null) return;
      clearTimeout(limit);
      resolve(found);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.on("error", reject);
    child.on("close", () => {
      fail("ended");
    });
  });
}

/** Exactly one line on stderr, and nothing that looks like a result. */
export function expectRefusal({ code, stdout, stderr }: Outcome, pattern: RegExp): void {
  expect(stderr).toMatch(pattern);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect({ code, result: stdout.includes("{") }).toEqual({ code: 1, result: false });
}
