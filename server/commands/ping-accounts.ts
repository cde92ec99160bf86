import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { isBalanced, readAccounts, readErrorLog } from "#server/ingest/accounts.ts";
import { IngestError } from "#server/ingest/errors.ts";
import { parseDate } from "./options.ts";
import { dataFolderOf, printLines } from "./ping-stream.ts";
import { note, printJson, printTable } from "./print.ts";

/** What is said before or behind the name of a subcommand. */
interface Options {
  readonly since?: string;
  readonly code?: string;
  readonly audit?: true;
  readonly json?: true;
}

/** `mulberry pings count`, `errors` and `replay`: the books of what was received. */
export function addPingAccounts(pings: Command): void {
  pings
    .command("count")
    .description("print what became of everything received: accepted, duplicate or error")
    .option("--audit", "count every record in the files, too, and hold it against the books")
    .option("--json", "print JSON")
    .action(async (_options: Options, command: Command) => {
      const { audit: isAudited, json } = command.optsWithGlobals<Options>();
      const { accounts, audit } = await readAccounts(dataFolderOf(command), {
        audit: isAudited === true,
      });
      const counted = { ...accounts, ...(audit && { audit }) };
      if (json === true) printJson(counted);
      else
        printTable(
          Object.entries({ ...accounts, ...audit }).map(([name, count]) => [name, String(count)]),
        );
      if (!isBalanced(accounts, audit))
        throw new IngestError("ingest/unbalanced", "the books do not agree with what is there");
    });

  pings
    .command("errors")
    .description("print the pings that were refused and why, one JSON object a line")
    .option("--code <code>", "only what was refused with this code")
    .option("--since <date>", "only what was received at or after this ISO 8601 date", parseDate)
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async (_options: Options, command: Command) => {
      const { code, since } = command.optsWithGlobals<Options>();
      const sinceMs = since === undefined ? undefined : Date.parse(since);
      await printLines(asAsync(readErrorLog(dataFolderOf(command), { code, sinceMs })));
    });

  pings
    .command("replay")
    .description("judge again what was refused, after the server has changed; no server may run")
    .option("--code <code>", "only what was refused with this code")
    .option("--json", "print JSON")
    .action(async (_options: Options, command: Command) => {
      const { code, json } = command.optsWithGlobals<Options>();
      // The other commands do without what writes.
      const { openIngest } = await import("#server/ingest/index.ts");
      const ingest = await openIngest({
        dataDir: dataFolderOf(command),
        mode: "production",
        clock: { nowMs: Date.now, delay: (ms) => delay(ms) },
        report: ({ code: problem, message }) => {
          note(problem, message);
        },
      });
      try {
        const replayed = await ingest.replay(code);
        if (json === true) printJson(replayed);
        else printTable(Object.entries(replayed).map(([name, count]) => [name, String(count)]));
      } finally {
        await ingest.close();
      }
    });
}

async function* asAsync<T>(values: Iterable<T>): AsyncGenerator<T> {
  await Promise.resolve();
  yield* values;
}
