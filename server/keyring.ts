import { join } from "node:path";
import type { ServerConfig } from "./config.ts";
import { ServerError } from "./errors.ts";
import { listCredentials } from "./publish/credentials.ts";
import { loadSigner, makeKeys, renewKeycert, type Signer } from "./publish/keys.ts";
import { holdAlone } from "./store/exclusive.ts";
import {
  hasKeyFiles,
  keyFolder,
  type KeyFiles,
  readKeyFiles,
  writeKeycert,
  writeKeyFiles,
} from "./store/key-files.ts";

/**
 * Loads the keys of a data folder. A development server helps itself: it makes them when there are
 * none, and renews its keycert in time, because its root keys lie beside it.
 *
 * @param tell - called with a log type when keys were made or renewed
 * @throws ServerError `keys/*`; in production `keys/missing` names the command to run
 */
export async function openKeyring(
  { dataDir, env }: Pick<ServerConfig, "dataDir" | "env">,
  now: () => number,
  tell: (type: "keys.made" | "keys.renewed") => void = () => undefined,
): Promise<Signer> {
  if (env === "development" && !(await hasKeyFiles(dataDir))) {
    try {
      await writeKeyFiles(dataDir, await makeKeys(env, now()));
      tell("keys.made");
    } catch (error) {
      // Another process that starts on the same folder has just made them.
      if (!(error instanceof ServerError && error.code === "keys/exist")) throw error;
    }
  }
  const { files, signer } = await readKeyring({ dataDir, env });
  const isDue = listCredentials(signer, {}, now()).some(
    ({ name, state }) => name === "keycert" && state !== "good",
  );
  // A clock that was set back: the keycert is from what is now the future.
  const isEarly = now() < signer.claims.nbf * 1_000;
  if (env !== "development" || !(isDue || isEarly)) return signer;
  const keycert = await renewKeycert(files, now()).catch(unlessTakenAway);
  if (keycert === undefined) return signer;
  await writeKeycert(dataDir, keycert);
  tell("keys.renewed");
  return loadSigner({ ...files, keycert }, env);
}

/** What is left of root keys here may no longer be in the root. */
function unlessTakenAway(error: unknown): undefined {
  if (!(error instanceof ServerError && error.code === "keys/missing")) throw error;
}

/**
 * Changes keys or the halt of a data folder, alone: of two commands that read and then write, one
 * would undo the other.
 *
 * @throws ServerError `keys/busy`; what `readKeyring` does where there is nothing to change
 */
export async function withKeysAlone<T>(
  place: Pick<ServerConfig, "dataDir" | "env">,
  work: () => Promise<T>,
): Promise<T> {
  await readKeyring(place);
  const unlock = holdAlone(
    join(keyFolder(place.dataDir), ".writer.lock"),
    (cause) =>
      new ServerError(
        "keys/busy",
        `another command is changing the keys of ${place.dataDir}: run this one once it has ended`,
        { cause },
      ),
  );
  try {
    return await work();
  } finally {
    unlock();
  }
}

/**
 * Reads the keys that a data folder has.
 *
 * @throws ServerError `keys/*`
 */
export async function readKeyring({
  dataDir,
  env,
}: Pick<ServerConfig, "dataDir" | "env">): Promise<{
  readonly files: KeyFiles;
  readonly signer: Signer;
}> {
  const read = async (): ReturnType<typeof readKeyring> => {
    const files = await readKeyFiles(dataDir);
    return { files, signer: await loadSigner(files, env) };
  };
  try {
    return await read();
  } catch (error) {
    // A command may have put other keys in place between two of the files.
    if (error instanceof ServerError && error.code === "keys/malformed") return read();
    throw error;
  }
}
