import { type Command, InvalidArgumentError } from "commander";
import { uuidPattern } from "#telemetry/fields.ts";
import { dataFolderOf } from "./ping-stream.ts";
import { printJson, printLine } from "./print.ts";

/** `mulberry forget`: what somebody's browser sent is deleted, wherever it lies. */
export function addForgetCommand(program: Command): void {
  program
    .command("forget")
    .description("delete everything that names a client, from what was received and the archive")
    .argument("<clientIds...>", "client ids, as pings carry them", parseClientIds)
    .option("--json", "print what was deleted as JSON")
    .action(
      async (
        clientIds: readonly string[],
        { json }: { readonly json?: true },
        command: Command,
      ) => {
        const dataDir = dataFolderOf(command);
        const { withArchive } = await import("#server/archive/writer.ts");
        const { forgetArchived } = await import("#server/archive/forget.ts");
        const { forgetReceived } = await import("#server/ingest/forget.ts");
        // In this order: what is not there any more cannot be archived again.
        const deleted = await withArchive(dataDir, async (connection) => ({
          received: await forgetReceived(dataDir, clientIds),
          archived: await forgetArchived(connection, dataDir, clientIds),
        }));
        if (json === true) printJson(deleted);
        else
          printLine(
            `deleted ${String(deleted.received)} submissions and ${String(deleted.archived)} pings of the archive`,
          );
      },
    );
}

function parseClientIds(text: string, before: readonly string[] = []): readonly string[] {
  if (!uuidPattern.test(text)) throw new InvalidArgumentError("A client id is a UUID.");
  return [...before, text.toLowerCase()];
}
