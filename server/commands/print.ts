import type { Command } from "commander";
import { readConfig, type ServerConfig } from "../config.ts";
import { oneLine } from "../errors.ts";
import { escapeControls } from "../escape-controls.ts";

/** Prints one line, whatever stands in it. */
export function printLine(text: string): void {
  process.stdout.write(`${escapeControls(text)}\n`);
}

/** Prints one value as JSON on a line of its own. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Says something beside the result, on stderr, in the form that refusals have. */
export function note(code: string, message: string): void {
  process.stderr.write(`${oneLine(`${code}: ${message}`)}\n`);
}

/** Prints rows in columns for a person; the first row is the heading. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    printLine(cells.join("  ").trimEnd());
  }
}

/** The configuration that holds for a command: `--data` wherever it stands, then the environment. */
export function configOf(
  command: Command,
  flags: { readonly port?: string | undefined; readonly host?: string | undefined } = {},
): ServerConfig {
  const data: unknown = command.optsWithGlobals()["data"];
  return readConfig(process.env, { ...flags, data: typeof data === "string" ? data : undefined });
}
