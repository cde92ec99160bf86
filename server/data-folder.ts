import { existsSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "./errors.ts";

// What can be told of a data folder without opening anything in it.

/** The recipe store, in a data folder. */
export const storeFile = "mulberry.db";

/** Whether a folder has recipes of ours. */
export function hasStore(dataDir: string): boolean {
  return existsSync(join(dataDir, storeFile));
}

/** @throws ServerError `data/none` where neither a server nor a command of ours ever wrote anything */
export function requireData(dataDir: string): void {
  if ([storeFile, "keys", "ingest"].some((name) => existsSync(join(dataDir, name)))) return;
  throw new ServerError(
    "data/none",
    `there is no Mulberry data in ${dataDir}: name the folder with --data or MULBERRY_DATA; "mulberry serve" and "mulberry recipe publish" make one`,
  );
}
