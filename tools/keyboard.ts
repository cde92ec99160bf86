import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * Calls `pressed` for each line that a person ends with Enter.
 *
 * @returns whether anybody can press it here: a process in the background must not read the
 *   terminal, which would stop it
 */
export function onEnter(pressed: () => void): boolean {
  const { stdin } = process;
  if (stdin.isTTY && !isInForeground()) return false;
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on("line", pressed);
  return stdin.isTTY;
}

/** Whether the terminal is ours to read; where the system does not tell, it is taken to be. */
function isInForeground(): boolean {
  if (process.platform !== "linux") return true;
  // The name in brackets may hold anything; behind it: state, parent, group, session, terminal, its group.
  const [, fields = ""] = /^.*\) (.*)$/su.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
  const [, , group, , , foreground] = fields.split(" ");
  return group === foreground;
}
