import type { Command } from "commander";
import { dataFolderOf } from "./ping-stream.ts";
import { note, printJson, printLine, printTable } from "./print.ts";

/** `mulberry archive`: brings the Parquet files up to what was received. */
export function addArchiveCommand(program: Command): void {
  program
    .command("archive")
    .description("add accepted pings to the archive, Parquet files by day and type")
    .option("--json", "print what changed as JSON")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const dataDir = dataFolderOf(command);
      // DuckDB is 70 MB: no other command waits for it.
      const { archivePings } = await import("#server/archive/writer.ts");
      const days = await archivePings({
        dataDir,
        report: ({ code, message }) => {
          note(code, message);
        },
        onProgress: ({ date, type, added }) => {
          if (process.stderr.isTTY)
            note("archive/progress", `${date} ${type}: ${String(added)} pings`);
        },
      });
      if (json === true) {
        printJson(days);
        return;
      }
      if (days.length === 0) printLine("everything is in the archive already");
      else
        printTable([
          ["day", "type", "added", "pings", "files"],
          ...days.map(({ date, type, added, pings, files }) => [
            ...[date, type, String(added), String(pings), String(files)],
          ]),
        ]);
    });
}
