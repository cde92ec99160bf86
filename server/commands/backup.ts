import { resolve } from "node:path";
import type { Command } from "commander";
import { sealRestored } from "../authoring/restored.ts";
import { embeddedIn, hasStore, type StorePlace } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { copyStore } from "../store/backup.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { configOf, printJson, printLine } from "./print.ts";

interface Options {
  readonly out: string;
  readonly json?: true;
}

/** `mulberry backup` and `mulberry restore`: the store of record, in another place and back. */
export function addBackupCommands(program: Command): void {
  program
    .command("backup")
    .description("copy recipes, people, approval, what was done and add-ons; a server may run")
    .requiredOption("--out <dir>", "where to; what is there already is brought up to date")
    .option("--json", "print JSON")
    .action(async ({ out, json }: Options, command: Command) => {
      const config = configOf(command);
      requireStore(config);
      const addons = await copyStore(config, embeddedIn(resolve(out)));
      if (json === true) printJson({ out: resolve(out), addons });
      else printLine(`the store is copied to ${resolve(out)}; add-ons copied: ${String(addons)}`);
    });
  program
    .command("restore")
    .description(
      "bring a backup back where there is no store, the embedded one or PostgreSQL; no server may run",
    )
    .argument("<dir>", "where the backup is")
    .option("--json", "print JSON")
    .action(async (from: string, { json }: Omit<Options, "out">, command: Command) => {
      const config = configOf(command);
      const { dataDir, databaseUrl } = config;
      const source = embeddedIn(resolve(from));
      requireStore(source);
      if (databaseUrl === undefined && hasStore(config))
        throw new ServerError(
          "data/exists",
          `${dataDir} has a store: move its mulberry.db away, or name another folder with --data`,
        );
      let ep = 0;
      const addons = await copyStore(source, config, async (file) => {
        const store = await openSqliteStore(file);
        try {
          ep = await sealRestored({ store, now: Date.now });
        } finally {
          await store.close();
        }
      });
      if (json === true) {
        printJson({ ep, addons });
        return;
      }
      const where = databaseUrl === undefined ? dataDir : "PostgreSQL";
      printLine(`the store is back in ${where}; add-ons copied: ${String(addons)}`);
      for (const line of [
        "every token is over: mulberry user list, mulberry token add NAME",
        "browsers may have seen more than it knows: mulberry keys rotate --epoch before you serve",
      ])
        printLine(line);
    });
}

function requireStore(place: StorePlace): void {
  if (hasStore(place)) return;
  throw new ServerError("data/none", `there is no store of Mulberry's in ${place.dataDir}`);
}
