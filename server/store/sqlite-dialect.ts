import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type Dialect, type SqliteDatabase, SqliteDialect } from "kysely";
import { isSystemError } from "../errors.ts";
import { makePrivateDatabase } from "./private-files.ts";

/**
 * Node's own SQLite as a Kysely dialect: write-ahead log, every commit synced to the disk.
 *
 * A transaction takes the write lock when it begins. Begun without it, one that reads and then writes
 * fails in the middle whenever another process has written in between.
 */
export function sqliteDialect(file: string): Dialect {
  return new SqliteDialect({ database: () => Promise.resolve(openDatabase(file)) });
}

/** Whether SQLite refused because another connection holds the lock (SQLITE_BUSY, in its extended forms too). */
export function isBusy(error: unknown): boolean {
  return (
    isSystemError(error, "ERR_SQLITE_ERROR") &&
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === 5
  );
}

function openDatabase(file: string): SqliteDatabase {
  // The wait for a lock blocks the thread, so it is short here and repeated without blocking above.
  makePrivateDatabase(file);
  const database = new DatabaseSync(file, { timeout: 5 });
  try {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    close: () => {
      database.close();
    },
    prepare: (sql) => {
      const statement = database.prepare(sql === "begin" ? "begin immediate" : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(toInput)),
        run: (parameters) => statement.run(...parameters.map(toInput)),
        iterate: (parameters) => statement.iterate(...parameters.map(toInput)),
      };
    },
  };
}

function toInput(value: unknown): SQLInputValue {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    value instanceof Uint8Array
  )
    return value;
  throw new TypeError(`SQLite keeps no ${typeof value}`);
}
