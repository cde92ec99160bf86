import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makePrivateDatabase } from "../store/private-files.ts";
import type { PingFault } from "./errors.ts";
import {
  type ErrorFilter,
  type IndexState,
  readErrors,
  readPlaces,
  readState,
  type StoredError,
  type Place,
} from "./index-rows.ts";
import type { RecordHeader } from "./record.ts";
import type { Position } from "./segment.ts";

// What the segments hold, by document id and in order of receipt. All of it can be made again from
// the segments; the place up to which they were read is committed together with what was found, so
// a kill at any moment neither skips a record nor counts one twice.

const schemaVersion = 2;
const schema = `
  CREATE TABLE pings (
    seq INTEGER PRIMARY KEY,
    doc_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    digest BLOB NOT NULL
  ) STRICT;
  CREATE INDEX requests ON pings (seq) WHERE type = 'deletion-request';
  CREATE TABLE late (
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (segment, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE errors (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER,
    doc_id TEXT,
    doc_type TEXT,
    code TEXT NOT NULL,
    at TEXT NOT NULL,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX error_places ON errors (segment, offset);
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    marker BLOB NOT NULL,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    received INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    error INTEGER NOT NULL,
    damaged_regions INTEGER NOT NULL,
    damaged_bytes INTEGER NOT NULL,
    expired_to INTEGER NOT NULL,
    expired_records INTEGER NOT NULL,
    expired_pings INTEGER NOT NULL
  ) STRICT;
`;

export interface PingIndex {
  state(): IndexState;
  /** SHA-256 of the decoded body under which a document id was accepted. */
  digestOf(docId: string): Uint8Array | undefined;
  addPing(header: RecordHeader, position: Position, digest: Uint8Array): void;
  addError(
    header: RecordHeader | undefined,
    position: Position,
    fault: Pick<PingFault, "code" | "at">,
  ): void;
  /** The first `limit` errors that fit, oldest first. */
  errorsFrom(filter: ErrorFilter, limit: number): readonly StoredError[];
  removeError(seq: number): void;
  /** Says of a refusal what it is refused for now. */
  amendError(seq: number, fault: Pick<PingFault, "code" | "at">): void;
  /** Runs `work` and saves the state it returns in one transaction. */
  commit(work: () => IndexState): void;
  /** Notes that something names somebody who asked to be forgotten before, and was not accepted. */
  addLate(header: RecordHeader, position: Position): void;
  /** Where the first `limit` requests lie that were accepted before a moment and are to be honoured still. */
  requests(beforeMs: number, limit: number): readonly Place[];
  /** Where the first `limit` of {@link PingIndex.addLate} lie. */
  late(beforeMs: number, limit: number): readonly Place[];
  /**
   * Forgets what lies at these places. Runs inside {@link PingIndex.commit}.
   * @returns how many were accepted pings
   */
  forget(places: readonly Place[]): number;
  /** Leaves of what was forgotten no trace beside the file. @returns whether nobody who reads hindered it */
  scrub(): boolean;
  /** Forgets everything, in one transaction. */
  reset(): void;
  close(): void;
}

export function indexPath(dataDir: string): string {
  return join(dataDir, "ingest", "index.db");
}

/** Opens the index; one that is damaged or of another version is begun anew. */
export function openPingIndex(path: string, keptErrors: number): PingIndex {
  const db = openDatabase(path);
  const selectDigest = db.prepare("SELECT digest FROM pings WHERE doc_id = ?");
  const insertPing = db.prepare(
    "INSERT INTO pings (doc_id, type, received_at, segment, offset, digest) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const insertError = db.prepare(
    "INSERT INTO errors (received_at, doc_id, doc_type, code, at, segment, offset) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const trimErrors = db.prepare(
    "DELETE FROM errors WHERE seq <= (SELECT max(seq) FROM errors) - ?",
  );
  const deletePing = db.prepare(
    "DELETE FROM pings WHERE doc_id = ? AND segment = ? AND offset = ?",
  );
  const deleteErrorAt = db.prepare("DELETE FROM errors WHERE segment = ? AND offset = ?");
  const insertLate = db.prepare(
    "INSERT OR IGNORE INTO late (segment, offset, received_at) VALUES (?, ?, ?)",
  );
  const deleteLate = db.prepare("DELETE FROM late WHERE segment = ? AND offset = ?");
  const selectRequests = db.prepare(
    `SELECT doc_id, segment, offset FROM pings
     WHERE type = 'deletion-request' AND received_at <= ? ORDER BY seq LIMIT ?`,
  );
  const selectLate = db.prepare(
    "SELECT NULL AS doc_id, segment, offset FROM late WHERE received_at <= ? LIMIT ?",
  );
  const deleteError = db.prepare("DELETE FROM errors WHERE seq = ?");
  const updateError = db.prepare("UPDATE errors SET code = ?, at = ? WHERE seq = ?");
  const saveState = db.prepare(
    "INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );

  function inTransaction(work: () => void): void {
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      // SQLite ends the transaction itself on some errors, a full disk among them.
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    state: () => readState(db),
    digestOf(docId) {
      const digest = selectDigest.get(docId)?.["digest"];
      return digest instanceof Uint8Array ? digest : undefined;
    },
    addPing({ docId, docType, receivedAtMs }, { segment, offset }, digest) {
      insertPing.run(docId, docType, receivedAtMs, segment, offset, digest);
    },
    addError(header, { segment, offset }, { code, at }) {
      const { receivedAtMs = null, docId = null, docType = null } = header ?? {};
      insertError.run(receivedAtMs, docId, docType, code, at, segment, offset);
      trimErrors.run(keptErrors);
    },
    errorsFrom: (filter, limit) => readErrors(db, filter, limit),
    removeError(seq) {
      deleteError.run(seq);
    },
    amendError(seq, { code, at }) {
      updateError.run(code, at, seq);
    },
    commit(work) {
      inTransaction(() => {
        const state = work();
        const { segment, offset } = state.position;
        const { received, accepted, duplicate, error, damagedRegions, damagedBytes } = state;
        saveState.run(
          ...[state.marker, segment, offset, received, accepted, duplicate, error],
          ...[damagedRegions, damagedBytes],
          ...[state.expiredTo, state.expiredRecords, state.expiredPings],
        );
      });
    },
    addLate({ receivedAtMs }, { segment, offset }) {
      insertLate.run(segment, offset, receivedAtMs);
    },
    requests: (beforeMs, limit) => readPlaces(selectRequests.all(beforeMs, limit)),
    late: (beforeMs, limit) => readPlaces(selectLate.all(beforeMs, limit)),
    forget(places) {
      let pings = 0;
      for (const { docId = null, segment, offset } of places) {
        pings += Number(deletePing.run(docId, segment, offset).changes);
        deleteErrorAt.run(segment, offset);
        deleteLate.run(segment, offset);
      }
      return pings;
    },
    scrub: () => db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0,
    reset() {
      inTransaction(() => {
        db.exec("DELETE FROM pings; DELETE FROM errors; DELETE FROM late; DELETE FROM state;");
      });
    },
    close: () => {
      db.close();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  const first = tryOpen(path);
  if (first !== undefined) return first;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const second = tryOpen(path);
  if (second === undefined) throw new Error(`a new ping index cannot be used: ${path}`);
  return second;
}

/** `undefined` for a file that holds no index of this version. */
function tryOpen(path: string): DatabaseSync | undefined {
  makePrivateDatabase(path);
  const db = new DatabaseSync(path, { timeout: 5_000 });
  try {
    // NORMAL may lose the last commits in a power loss: they are read again from the segments.
    // What is deleted there is overwritten.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;");
    if (hasSchema(db)) return db;
    if (versionOf(db) === 0) {
      db.exec(`BEGIN; ${schema} PRAGMA user_version = ${String(schemaVersion)}; COMMIT;`);
      return db;
    }
  } catch (error) {
    db.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
  db.close();
  return undefined;
}

/** Whether an index of this version is there: a server that is only starting may not have made it yet. */
export function hasSchema(db: DatabaseSync): boolean {
  return versionOf(db) === schemaVersion;
}

function versionOf(db: DatabaseSync): unknown {
  return db.prepare("PRAGMA user_version").get()?.["user_version"];
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Error && "errcode" in error && (error.errcode === 11 || error.errcode === 26)
  );
}
