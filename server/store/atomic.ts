import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError, ServerError } from "../errors.ts";

/** What a file is called while it is written. */
export const temporaryName = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/u;

/**
 * Writes a file so that a reader, or a crash at any moment, finds the old bytes or the new ones,
 * never a part: temporary file, sync, rename, sync of the folder.
 *
 * @param options.notBeforeMs - the file's time of change is this where the clock is not there yet
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array | string,
  options: { readonly mode?: number; readonly notBeforeMs?: number } = {},
): Promise<void> {
  await replace(path, async (temporary) => {
    const file = await open(temporary, "wx", options.mode ?? 0o644);
    try {
      await file.writeFile(bytes);
      await dateNotBefore(file, options.notBeforeMs);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * The same for a file that another library writes, for the server's user alone.
 *
 * @param write - writes the whole file under the name that it is given, in the same folder
 */
export async function writeAtomicallyBy(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  await replace(path, async (temporary) => {
    await write(temporary);
    const file = await open(temporary, "r+");
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** @param make - leaves the whole file, synced, under the name that it is given */
async function replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await makeFolders(folder);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function dateNotBefore(file: FileHandle, ms: number | undefined): Promise<void> {
  if (ms === undefined || (await file.stat()).mtimeMs >= ms) return;
  await file.utimes(ms / 1_000, ms / 1_000);
}

/** Makes a rename or a new name in a folder survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it, so that their names survive a power loss. Node's own `recursive` never returns where the system answers
 * "no such folder" to the making itself, as it does under /proc.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isSystemError(error, "EEXIST") && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (!isSystemError(error, "ENOENT") || parent === path || (await isFolder(parent))) throw error;
    await makeFolders(parent);
    await makeFolders(path);
    return;
  }
  await syncFolder(dirname(path));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/**
 * Makes sure that the data folder is there and takes files.
 *
 * @throws ServerError `data/not-writable`
 */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  try {
    await makeFolders(dataDir);
    const probe = join(dataDir, `.${randomUUID()}.tmp`);
    await (await open(probe, "wx")).close();
    await rm(probe);
  } catch (cause) {
    if (!isSystemError(cause, "EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOENT", "ENOSPC"))
      throw cause;
    throw new ServerError(
      "data/not-writable",
      `${dataDir} cannot be written (${cause instanceof Error ? cause.message : String(cause)}): name another folder with --data or MULBERRY_DATA`,
      { cause },
    );
  }
}
