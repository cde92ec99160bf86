import type { Command } from "commander";
import { hasStore, type StorePlace } from "../data-folder.ts";
import { openLegacy } from "../legacy.ts";
import { readKeyring } from "../keyring.ts";
import { listCredentials } from "../publish/credentials.ts";
import { generateKey, nameOf, publicPart } from "../publish/jose-signing.ts";
import { makeKeys } from "../publish/keys.ts";
import { prepareDataFolder } from "../store/atomic.ts";
import { keyFolder, rootKeyNames, writeKeyFiles, writeNewKey } from "../store/key-files.ts";
import { openPublicFiles } from "../store/public-files.ts";
import { openStore } from "../workplace.ts";
import { addKeycertCommands } from "./keys-online.ts";
import { addRequestCommands } from "./keys-request.ts";
import { configOf, note, printJson, printTable } from "./print.ts";

/** `mulberry keys …`: the root that extensions pin, and the key that signs day by day. */
export function addKeysCommand(program: Command): void {
  const keys = program.command("keys").description("make, change and inspect signing keys");
  addInit(keys);
  addStatus(keys);
  addKeycertCommands(keys);
  addRequestCommands(keys);
  addGenerate(keys);
}

function addInit(keys: Command): void {
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
}

function addStatus(keys: Command): void {
  keys
    .command("status")
    .description("list every credential with its end and the share of its life that is left")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const { files, signer } = await readKeyring(config);
      const halt = await openPublicFiles(config.dataDir).halt();
      const publication = await latestOf(config);
      const legacy = (await openLegacy(config.dataDir, () => signer)())?.certificates;
      const credentials = listCredentials(signer, { publication, halt, legacy }, Date.now());
      const rootKeysHere = [...files.rootKeys.keys()];
      if (json === true) {
        const { min_ep } = signer.rootPayload;
        printJson({ env: config.env, epoch: signer.claims.ep, min_ep, credentials, rootKeysHere });
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
      if (config.env === "production" && rootKeysHere.length > 0)
        process.stdout.write(`root keys still on this machine: ${rootKeysHere.join(", ")}\n`);
    });
}

async function latestOf(place: StorePlace): ReturnType<typeof readLatest> {
  return hasStore(place) ? readLatest(place) : undefined;
}

async function readLatest(
  place: StorePlace,
): ReturnType<Awaited<ReturnType<typeof openStore>>["latestPublication"]> {
  const store = await openStore(place);
  try {
    return await store.latestPublication();
  } finally {
    await store.close();
  }
}

function addGenerate(keys: Command): void {
  keys
    .command("generate")
    .description("make one key, for the next root; prints its public half")
    .requiredOption("--out <file>", "where the private key goes; a file that is there stays")
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async ({ out }: { readonly out: string }) => {
      const key = generateKey();
      await writeNewKey(out, `${JSON.stringify(key)}\n`);
      printJson(publicPart(key));
      note("keys/made", `${out} holds the private key ${await nameOf(key)}`);
    });
}
