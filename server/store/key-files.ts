import { chmod, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { isSystemError, ServerError } from "../errors.ts";
import { syncFolder, writeAtomically } from "./atomic.ts";

/** What lies in `DIR/keys/`, as text; parsing is the business of `publish/keys.ts`. */
export interface KeyFiles {
  /** The pinned, signed root. */
  readonly root: string;
  /** Private JWK of the online key. */
  readonly online: string;
  readonly keycert: string;
  /** Private JWKs of the root, where they have not been taken offline yet, by file name. */
  readonly rootKeys: ReadonlyMap<string, string>;
}

export const rootKeyNames = ["root-1.json", "root-2.json", "root-3.json"] as const;

/** Where the keys of a data folder lie. */
export function keyFolder(dataDir: string): string {
  return join(dataDir, "keys");
}

/**
 * Puts a new set of keys in place, all of it at once.
 *
 * @throws ServerError `keys/exist` when there are keys already
 */
export async function writeKeyFiles(dataDir: string, files: KeyFiles): Promise<void> {
  const folder = keyFolder(dataDir);
  if (await hasKeyFiles(dataDir))
    throw new ServerError(
      "keys/exist",
      `${folder} holds keys already; a new root would cut off every extension that pins the old one`,
    );
  const temporary = join(dataDir, `.keys-${randomUUID()}.tmp`);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  // The umask may have taken bits from the mode above, or left more than it asks for.
  await chmod(temporary, 0o700);
  try {
    for (const [name, text] of files.rootKeys)
      await writeAtomically(join(temporary, name), text, { mode: 0o600 });
    await writeAtomically(join(temporary, "online.json"), files.online, { mode: 0o600 });
    await writeAtomically(join(temporary, "keycert.jwt"), files.keycert);
    await writeAtomically(join(temporary, "root.json"), files.root);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process was faster: its folder is in the way of the rename.
    if (isSystemError(error, "ENOTEMPTY", "EEXIST"))
      throw new ServerError("keys/exist", `${folder} holds keys already`, { cause: error });
    throw error;
  }
  await syncFolder(dataDir);
}

/** Replaces the keycert, for example by one with a later end. */
export async function writeKeycert(dataDir: string, keycert: string): Promise<void> {
  await writeAtomically(join(keyFolder(dataDir), "keycert.jwt"), keycert);
}

/** Whether a data folder holds keys, complete or not. */
export async function hasKeyFiles(dataDir: string): Promise<boolean> {
  try {
    await stat(keyFolder(dataDir));
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/**
 * Reads the keys of a data folder.
 *
 * @throws ServerError `keys/missing` with the command that makes them
 */
export async function readKeyFiles(dataDir: string): Promise<KeyFiles> {
  const folder = keyFolder(dataDir);
  const required = async (name: string): Promise<string> => {
    const text = await readIfThere(join(folder, name));
    if (text === undefined)
      throw new ServerError(
        "keys/missing",
        `${join(folder, name)} is not there; "mulberry keys init --data ${dataDir}" makes the keys of a data folder that has none`,
      );
    return text;
  };
  const rootKeys = new Map<string, string>();
  for (const name of rootKeyNames) {
    const text = await readIfThere(join(folder, name));
    if (text !== undefined) rootKeys.set(name, text);
  }
  return {
    root: await required("root.json"),
    online: await required("online.json"),
    keycert: await required("keycert.jwt"),
    rootKeys,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
