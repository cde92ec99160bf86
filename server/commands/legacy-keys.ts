import { type Command, InvalidArgumentError } from "commander";
import { ServerError } from "../errors.ts";
import {
  legacySignerName,
  loadLegacySigner,
  makeLegacyKeys,
  renewLegacyKeys,
} from "../publish/legacy-keys.ts";
import { prepareDataFolder } from "../store/atomic.ts";
import {
  legacyFolder,
  readLegacyFiles,
  writeLegacyFiles,
  writeSigning,
} from "../store/legacy-files.ts";
import { configOf, printJson, printLine } from "./print.ts";

interface Options {
  readonly name: string;
  readonly json?: true;
}

/** `mulberry keys legacy-…`: what signs for Normandy's own clients, apart from all other keys. */
export function addLegacyKeysCommands(program: Command): void {
  const keys = program.commands.find((command) => command.name() === "keys");
  if (keys === undefined) throw new Error("the keys command comes before its further commands");

  keys
    .command("legacy-init")
    .description("make the certificates that Normandy's own clients (forks, old versions) verify")
    .option(
      "--name <host>",
      "the name that they ask of the certificate",
      parseName,
      legacySignerName,
    )
    .option("--json", "print what was made as JSON")
    .action(async ({ name, json }: Options, command: Command) => {
      const { dataDir } = configOf(command);
      await prepareDataFolder(dataDir);
      const { files, chain } = makeLegacyKeys(Date.now(), name);
      await writeLegacyFiles(dataDir, files, chain);
      const { rootHash } = await loadLegacySigner(files);
      const folder = legacyFolder(dataDir);
      if (json === true) {
        printJson({ folder, name, rootHash });
        return;
      }
      printLine(`made certificates for ${name} in ${folder}; clients pin the root's SHA-256`);
      printLine(rootHash);
      printLine("move root.json and intermediate.json to places that this machine cannot reach");
    });

  keys
    .command("legacy-renew")
    .description("make a new end entity under the same intermediate, whose key must lie there")
    .option("--json", "print its end as JSON")
    .action(async ({ json }: Pick<Options, "json">, command: Command) => {
      const { dataDir } = configOf(command);
      const files = await readLegacyFiles(dataDir);
      if (files === undefined)
        throw new ServerError(
          "keys/missing",
          `there is nothing in ${legacyFolder(dataDir)}; "mulberry keys legacy-init" makes it`,
        );
      const { signing, chain } = await renewLegacyKeys(files, Date.now());
      await writeSigning(dataDir, signing, chain);
      const { certificates } = await loadLegacySigner({ ...files, signing });
      const expires = new Date((certificates[0]?.exp ?? 0) * 1_000).toISOString();
      if (json === true) printJson({ chain: chain.name, expires });
      else printLine(`the end entity is good until ${expires}`);
    });
}

/** A DNS name with a label of its own below a domain: the intermediate is bound to that domain. */
function parseName(text: string): string {
  if (text.length <= 64 && /^(?:[a-z0-9-]+\.){2,}[a-z0-9-]+$/u.test(text)) return text;
  throw new InvalidArgumentError(
    "It must be a DNS name of three parts or more, 64 letters at most.",
  );
}
