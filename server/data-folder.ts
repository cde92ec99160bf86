import { existsSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "./errors.ts";

// What can be told of a data folder without opening anything in it.

/** The recipe store, in a data folder. */
export const storeFile = "mulberry.db";

/** Where a store of record is: in a data folder, or in the PostgreSQL that stands for it. */
export interface StorePlace {
  /** Absolute path; keys, pings and add-ons lie there in both cases. */
  readonly dataDir: string;
  /** `postgres://…`; said even where it is none, so that nobody forgets to ask. */
  readonly databaseUrl: string | undefined;
}

/** The embedded store of a data folder, whatever the configuration says. */
export function embeddedIn(dataDir: string): StorePlace {
  return { dataDir, databaseUrl: undefined };
}

/** Whether there are recipes of ours; a PostgreSQL that is named gets its tables when it is opened. */
export function hasStore({ dataDir, databaseUrl }: StorePlace): boolean {
  return databaseUrl !== undefined || existsSync(join(dataDir, storeFile));
}

/** @throws ServerError `data/none` where neither a server nor a command of ours ever wrote anything */
export function requireData({ dataDir, databaseUrl }: StorePlace): void {
  if (databaseUrl !== undefined) return;
  if ([storeFile, "keys", "ingest"].some((name) => existsSync(join(dataDir, name)))) return;
  throw new ServerError(
    "data/none",
    `there is no Mulberry data in ${dataDir}: name the folder with --data or MULBERRY_DATA; "mulberry serve" and "mulberry recipe publish" make one`,
  );
}
