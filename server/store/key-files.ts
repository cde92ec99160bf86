import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { isSystemError, ServerError } from "../errors.ts";
import { syncFolder, writeAtomically } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

/** What lies in `DIR/keys/`, as text; parsing is the business of `publish/keys.ts`. */
export interface KeyFiles {
  /** The newest signed root. */
  readonly root: string;
  /** Those before it, from the first on: a browser that pins an old one walks through them all. */
  readonly olderRoots: readonly string[];
  /** The online key: its private JWK, or the command that signs with it. */
  readonly online: string;
  /** The one that is to follow it, once a keycert names it. */
  readonly nextOnline: string | undefined;
  readonly keycert: string;
  /** Private JWKs of the root, where they have not been taken offline yet, by file name. */
  readonly rootKeys: ReadonlyMap<string, string>;
}

const onlineName = "online.json";
const nextOnlineName = "online.next.json";

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
      `${folder} holds keys already, and a new root would cut off every extension that pins the old one: use them, or name another folder with --data`,
    );
  const temporary = join(dataDir, `.keys-${randomUUID()}.tmp`);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  // The umask may have taken bits from the mode above, or left more than it asks for.
  await chmod(temporary, 0o700);
  try {
    for (const [name, text] of files.rootKeys)
      await writeAtomically(join(temporary, name), text, { mode: 0o600 });
    await writeAtomically(join(temporary, onlineName), files.online, { mode: 0o600 });
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

/** Replaces the keycert: whichever online key it names is in use from now on. */
export async function writeKeycert(dataDir: string, keycert: string): Promise<void> {
  await writeAtomically(join(keyFolder(dataDir), "keycert.jwt"), keycert);
}

/** Lays an online key ready beside the one in use. */
export async function writeNextOnline(dataDir: string, text: string): Promise<void> {
  await writeAtomically(join(keyFolder(dataDir), nextOnlineName), text, { mode: 0o600 });
}

/** Puts the key that was laid ready in the place of the one before, which is gone with that. */
export async function promoteNextOnline(dataDir: string): Promise<void> {
  const folder = keyFolder(dataDir);
  await rename(join(folder, nextOnlineName), join(folder, onlineName));
  await syncFolder(folder);
}

/** Makes a root the newest one; the one before it is kept under its version. */
export async function writeNextRoot(
  dataDir: string,
  next: string,
  before: { readonly version: number; readonly text: string },
): Promise<void> {
  const folder = keyFolder(dataDir);
  await writeAtomically(join(folder, "roots", `${String(before.version)}.json`), before.text);
  await writeAtomically(join(folder, "root.json"), next);
}

/**
 * Writes a private key into a new file of its own.
 *
 * @throws ServerError `keys/exist`
 */
export async function writeNewKey(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600, flush: true });
  } catch (cause) {
    if (!isSystemError(cause, "EEXIST")) throw cause;
    throw new ServerError("keys/exist", `${path} is there already: name another file`, { cause });
  }
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
 * @throws ServerError `keys/missing` with the command that makes them, `keys/unsafe-mode`
 */
export async function readKeyFiles(dataDir: string): Promise<KeyFiles> {
  const folder = keyFolder(dataDir);
  const required = async (name: string): Promise<string> => {
    const text = await ifThere(readFile(join(folder, name), "utf8"));
    if (text === undefined)
      throw new ServerError(
        "keys/missing",
        `${join(folder, name)} is not there; "mulberry keys init --data ${dataDir}" makes the keys of a data folder that has none`,
      );
    return text;
  };
  const rootKeys = new Map<string, string>();
  for (const name of rootKeyNames) {
    const text = await ifThere(readFile(join(folder, name), "utf8"));
    if (text !== undefined) rootKeys.set(name, text);
  }
  // The keycert first: a key that it names is in place before it is, and stays.
  const keycert = await required("keycert.jwt");
  const nextOnline = await readPrivate(join(folder, nextOnlineName));
  await refuseOpenFile(join(folder, onlineName));
  return {
    root: await required("root.json"),
    olderRoots: await readOlderRoots(join(folder, "roots")),
    online: await required(onlineName),
    nextOnline,
    keycert,
    rootKeys,
  };
}

async function readOlderRoots(folder: string): Promise<readonly string[]> {
  const roots: string[] = [];
  for (;;) {
    const text = await ifThere(readFile(join(folder, `${String(roots.length + 1)}.json`), "utf8"));
    if (text === undefined) return roots;
    roots.push(text);
  }
}

async function readPrivate(path: string): Promise<string | undefined> {
  await refuseOpenFile(path);
  return ifThere(readFile(path, "utf8"));
}

/**
 * What others on this machine can read is theirs too.
 *
 * @throws ServerError `keys/unsafe-mode`
 */
async function refuseOpenFile(path: string): Promise<void> {
  const mode = (await ifThere(stat(path)))?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  throw new ServerError(
    "keys/unsafe-mode",
    `${path} is open to others (mode ${(mode & 0o777).toString(8)}): close it with chmod 600, and rotate the key if anybody else uses this machine`,
  );
}
