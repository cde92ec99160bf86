import type { Command } from "commander";
import { listCredentials } from "../publish/credentials.ts";
import { loadSigner, makeKeys } from "../publish/keys.ts";
import { prepareDataFolder } from "../store/atomic.ts";
import { keyFolder, readKeyFiles, rootKeyNames, writeKeyFiles } from "../store/key-files.ts";
import { openStore } from "../workplace.ts";
import { configOf, printJson, printTable } from "./print.ts";

/** `mulberry keys …`: the root that extensions pin, and the key that signs day by day. */
export function addKeysCommand(program: Command): void {
  const keys = program.command("keys").description("make and inspect signing keys");

  keys
    .command("init")
    .description("make an offline root of three keys, an online key and the pinned root.json")
    .option("--json", "print what was made as JSON")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const { dataDir, env } = configOf(command);
      await prepareDataFolder(dataDir);
      const files = await makeKeys(env, Date.now());
      await writeKeyFiles(dataDir, files);
      const folder = keyFolder(dataDir);
      if (json === true) {
        printJson({ folder, env, root: `${folder}/root.json`, rootKeys: rootKeyNames });
        return;
      }
      process.stdout.write(
        `made keys for ${env} in ${folder}\n` +
          `pin ${folder}/root.json in the extension; move ${rootKeyNames.join(", ")} to places that this machine cannot reach\n`,
      );
    });

  keys
    .command("status")
    .description("list every credential with its end and the share of its life that is left")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const { dataDir, env } = configOf(command);
      const files = await readKeyFiles(dataDir);
      const signer = await loadSigner(files, env);
      const store = await openStore(dataDir);
      try {
        const credentials = listCredentials(signer, await store.latestPublication(), Date.now());
        const rootKeysHere = [...files.rootKeys.keys()];
        if (json === true) {
          printJson({ env, credentials, rootKeysHere });
          return;
        }
        printTable([
          ["CREDENTIAL", "EXPIRES", "LIFE LEFT", "STATE"],
          ...credentials.map(({ name, expires, lifeLeft, state }) => [
            name,
            expires,
            `${String(Math.round(lifeLeft * 100))} %`,
            state,
          ]),
        ]);
        if (env === "production" && rootKeysHere.length > 0)
          process.stdout.write(`root keys still on this machine: ${rootKeysHere.join(", ")}\n`);
      } finally {
        await store.close();
      }
    });
}
