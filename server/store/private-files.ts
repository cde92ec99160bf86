import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../errors.ts";

// What people's browsers sent, and who may publish to them, is for the server's user alone, whatever
// the umask says. Files of an older version are closed when they are opened; those of another user are
// left to that user.

/** Makes an empty file for SQLite, or closes one that is there with what lies beside it, which takes its mode. */
export function makePrivateDatabase(path: string): void {
  // Never opened when it is there: closing it would let go of every lock that this process has on it.
  if (!existsSync(path)) makeFile(path);
  for (const suffix of ["", "-wal", "-shm"]) makePrivate(path + suffix);
}

/** Makes a folder, or closes one that is there, with everything in it. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  makePrivate(path);
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    makePrivate(join(entry.parentPath, entry.name));
}

function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // Another process was faster.
    if (!isSystemError(error, "EEXIST")) throw error;
  }
}

function makePrivate(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode & 0o700);
  } catch (error) {
    // It is another user's, or SQLite has just taken it away.
    if (!isSystemError(error, "EPERM", "ENOENT")) throw error;
  }
}
