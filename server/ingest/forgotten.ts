import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makePrivateDatabase } from "../store/private-files.ts";

// Who asked to be forgotten: what comes from there later is refused. Only a hash of each id is kept,
// in a file of its own, for nothing else says it once the request itself is gone.

export interface Forgotten {
  readonly isEmpty: () => boolean;
  /** @param clientId - a UUID, in any case of letters */
  readonly has: (clientId: string) => boolean;
  /** Durable when it returns. */
  readonly add: (clientId: string) => void;
  close(): void;
}

export function openForgotten(dataDir: string): Forgotten {
  const path = join(dataDir, "ingest", "forgotten.db");
  makePrivateDatabase(path);
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS clients (hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  `);
  const select = db.prepare("SELECT 1 FROM clients WHERE hash = ?");
  const insert = db.prepare("INSERT OR IGNORE INTO clients (hash) VALUES (?)");
  let isEmpty = db.prepare("SELECT 1 FROM clients LIMIT 1").get() === undefined;
  return {
    isEmpty: () => isEmpty,
    has: (clientId) => !isEmpty && select.get(hashOf(clientId)) !== undefined,
    add(clientId) {
      insert.run(hashOf(clientId));
      isEmpty = false;
    },
    close() {
      db.close();
    },
  };
}

/** SHA-256: a random UUID cannot be found from it by trying. */
function hashOf(clientId: string): Buffer {
  return createHash("sha256").update(clientId.toLowerCase()).digest();
}
