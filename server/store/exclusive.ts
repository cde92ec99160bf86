import { DatabaseSync } from "node:sqlite";
import { makePrivateDatabase } from "./private-files.ts";

/**
 * Holds a file for this process alone: SQLite's lock on an empty file, which the system lets go of
 * however the process ends.
 *
 * @param refuse - makes what is thrown where another process holds it
 * @returns a function that lets go
 */
export function holdAlone(path: string, refuse: (cause: unknown) => Error): () => void {
  makePrivateDatabase(path);
  const db = new DatabaseSync(path);
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    throw refuse(cause);
  }
  return () => {
    db.close();
  };
}
