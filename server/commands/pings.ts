import type { Command } from "commander";
import { parseDate } from "./options.ts";
import { addPingAccounts } from "./ping-accounts.ts";
import { dataFolderOf, printLines, streamPings } from "./ping-stream.ts";
import { note } from "./print.ts";
import { pingTypes } from "#telemetry/parse.ts";
import type { StoredPing } from "#server/ingest/reader.ts";

interface Options {
  readonly type?: string;
  readonly since?: string;
}

/** `mulberry pings`: accepted pings in order of receipt, one JSON object a line. */
export function addPingsCommand(program: Command): void {
  const pings = program
    .command("pings")
    .description("print stored pings, one JSON object a line")
    .option("--type <type>", "only pings of this type")
    .option("--since <date>", "only pings received at or after this ISO 8601 date", parseDate)
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async ({ type, since }: Options, command: Command) => {
      if (type !== undefined && !pingTypes.includes(type))
        note(
          "pings/unknown-type",
          `no ping has the type ${type} (the types are ${pingTypes.join(", ")})`,
        );
      await printLines(flatten(streamPings(dataFolderOf(command), { type, since })));
    });
  addPingAccounts(pings);
}

async function* flatten(pings: AsyncIterable<StoredPing>): AsyncGenerator<object> {
  for await (const { receivedAt, normalized, ping } of pings)
    yield { receivedAt, normalized, ...ping };
}
