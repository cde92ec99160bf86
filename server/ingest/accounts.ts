import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openIndexForReading } from "./index-reading.ts";
import {
  emptyState,
  type ErrorFilter,
  type IndexState,
  readErrors,
  readState,
  type StoredError,
} from "./index-rows.ts";
import { listSegments, openSegment, segmentHeaderBytes, segmentsFolder } from "./segment.ts";

// The books of a data folder, read from its files alone: beside a running server, or without one.

/** What became of everything that was ever received. */
export interface Accounts {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly error: number;
  /** Places of the log that a disk gave back otherwise than they were written. */
  readonly damagedRegions: number;
}

/** What the files themselves say, counted one by one; has to agree with {@link Accounts}. */
export interface Audit {
  /** Records in the segments, up to the place that was decoded, and in those that were kept long enough. */
  readonly records: number;
  /** Pings in the index, and those that were kept long enough. */
  readonly pings: number;
}

/** The accounts of a data folder and, where `audit` is asked for, what its files say. */
export async function readAccounts(
  dataDir: string,
  { audit }: { readonly audit: boolean },
): Promise<{ readonly accounts: Accounts; readonly audit?: Audit }> {
  const { state, pings } = reading(
    dataDir,
    // One transaction: a server may write in between.
    (db) => {
      db.exec("BEGIN");
      return {
        state: readState(db),
        pings: Number(db.prepare("SELECT count(*) AS pings FROM pings").get()?.["pings"] ?? 0),
      };
    },
    { state: emptyState, pings: 0 },
  );
  const { received, accepted, duplicate, error, damagedRegions } = state;
  const accounts = { received, accepted, duplicate, error, damagedRegions };
  if (!audit) return { accounts };
  const { expiredRecords, expiredPings } = state;
  const records = await countRecords(dataDir, state);
  return {
    accounts,
    audit: { records: records + expiredRecords, pings: pings + expiredPings },
  };
}

/** Whether nothing that was received is unaccounted for, and nothing is counted that is not there. */
export function isBalanced(
  { received, accepted, duplicate, error }: Accounts,
  audit?: Audit,
): boolean {
  return (
    received === accepted + duplicate + error &&
    (audit === undefined || (audit.records === received && audit.pings === accepted))
  );
}

/** Lines of the error log, oldest first. */
export function* readErrorLog(
  dataDir: string,
  filter: Omit<ErrorFilter, "afterSeq"> = {},
): Generator<StoredError> {
  const pageRows = 256;
  let afterSeq = 0;
  for (;;) {
    const rows = reading(dataDir, (db) => readErrors(db, { ...filter, afterSeq }, pageRows), []);
    yield* rows;
    if (rows.length < pageRows) return;
    afterSeq = rows.at(-1)?.seq ?? afterSeq;
  }
}

/** The newest `limit` lines of the error log, oldest first. */
export function readNewestErrors(dataDir: string, limit: number): readonly StoredError[] {
  return reading(
    dataDir,
    (db) => {
      const newest = "SELECT seq FROM errors ORDER BY seq DESC LIMIT ?";
      const first = db.prepare(`SELECT min(seq) AS seq FROM (${newest})`).get(limit)?.["seq"];
      return readErrors(db, { afterSeq: Number(first ?? 0) - 1 }, limit);
    },
    [],
  );
}

async function countRecords(dataDir: string, { position, expiredTo }: IndexState): Promise<number> {
  const folder = segmentsFolder(dataDir);
  let records = 0;
  const numbers = listSegments(folder).filter((each) => each > expiredTo);
  for (const number of numbers.filter((each) => each <= position.segment)) {
    const reader = openSegment(folder, number);
    try {
      const end = number === position.segment ? position.offset : reader.size();
      let offset = segmentHeaderBytes;
      for (;;) {
        const step = reader.step(offset, end);
        if (step.kind === "end") break;
        if (step.kind === "record") records += 1;
        offset = step.end;
        if (records % 1_000 === 0) await nextTurn();
      }
    } finally {
      reader.close();
    }
  }
  return records;
}

function reading<T>(dataDir: string, read: (db: DatabaseSync) => T, empty: T): T {
  const db = openIndexForReading(dataDir);
  if (db === undefined) return empty;
  try {
    return read(db);
  } finally {
    db.close();
  }
}
