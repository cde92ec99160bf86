import { spawn } from "node:child_process";
import { ServerError } from "../errors.ts";

/** How long a command may take to sign, in milliseconds. */
const patienceMs = 20_000;
/** A signature has 128 characters; a program that prints more than this is no signer. */
const mostBytes = 4_096;

/**
 * Asks a command of the operator for a signature: it reads the text to sign on its standard input and
 * prints one line. A hardware module or a key service is one such command.
 *
 * @throws ServerError `keys/command-failed`
 */
export function askCommand(command: readonly string[], input: string): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const failed = (why: string, cause?: unknown): void => {
      const message = `the command that signs with the online key, ${program}, ${why}: online.json names it`;
      reject(new ServerError("keys/command-failed", message, { cause }));
    };
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    let printed = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString("latin1");
      if (printed.length > mostBytes) child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (complaint.length < mostBytes) complaint += chunk.toString("utf8");
    });
    // Whoever does not read its input says why by how it ends.
    child.stdin.on("error", () => undefined);
    child.on("error", (cause) => {
      failed(`cannot be run (${cause.message})`, cause);
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve(printed.trim());
      else if (signal === null) failed(`failed with ${String(code)} (${complaint.trim()})`);
      else failed(`was ended after ${String(patienceMs / 1_000)} s or ${String(mostBytes)} bytes`);
    });
    child.stdin.end(input);
  });
}
