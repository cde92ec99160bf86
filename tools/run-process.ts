import { spawn } from "node:child_process";

export interface ProcessResult {
  /** Exit status; 128 when a signal ended it, -1 when it could not be started. */
  readonly status: number;
  /** Both streams as they came. */
  readonly output: string;
}

/**
 * Runs a program to its end and keeps what it said.
 *
 * @param options.env - over this process's own environment; `undefined` takes a variable out
 * @param options.show - whether what it says also goes to this process's streams at once
 */
export function runProcess(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly show?: boolean;
  } = {},
): Promise<ProcessResult> {
  const chunks: Buffer[] = [];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const [stream, target] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (options.show === true) target.write(chunk);
    });
  }
  const output = () => Buffer.concat(chunks).toString("utf8");
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve({ status: -1, output: `${output()}${command}: ${error.message}\n` });
    });
    child.on("close", (status) => {
      resolve({ status: status ?? 128, output: output() });
    });
  });
}
