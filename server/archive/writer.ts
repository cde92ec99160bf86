import type { DuckDBConnection } from "@duckdb/node-api";
import type { Report } from "../ingest/errors.ts";
import { countDays, dayMs, type StoredDay } from "../ingest/index-reading.ts";
import { readPings } from "../ingest/reader.ts";
import { usingDuck } from "./duck.ts";
import { holdArchive } from "./hold.ts";
import { listParts, nextPart, type Partition } from "./partitions.ts";
import { countRows, idsIn, openStage, sizeOf, type Stage } from "./parts.ts";

/** What one run has added to one day of one type. */
export interface Archived extends Partition {
  /** Pings that were not in the archive before. */
  readonly added: number;
  /** Pings of the day and type that are in it now. */
  readonly pings: number;
  readonly files: number;
}

/** How large things become. */
export interface ArchiveLimits {
  /** A part takes no more once its file is as large, in bytes. */
  readonly partBytes: number;
  /** Written at once at most, in characters of JSON, and so held in memory. */
  readonly stageChars: number;
}

const MiB = 1024 * 1024;
const defaultLimits: ArchiveLimits = { partBytes: 32 * MiB, stageChars: 64 * MiB };

/**
 * Brings the archive up to what the store has accepted; beside a running server or without one.
 *
 * The files are all that says what is archived. A day that has as many pings there as in the index is
 * whole; of any other, the pings whose ids are missing are read and added to its last file, or to new
 * ones once that is large. So a run after a kill, or over a folder from which files were lost, adds
 * exactly what is missing, and a day stays a few files however often it is run.
 *
 * @param options.onProgress - called after each file that was written
 * @returns the days that have changed, earliest first
 * @throws ServerError `archive/locked` while another process writes there, `archive/damaged`
 */
export async function archivePings(options: {
  readonly dataDir: string;
  readonly limits?: Partial<ArchiveLimits>;
  readonly report?: Report;
  readonly onProgress?: (sofar: Archived) => void;
}): Promise<readonly Archived[]> {
  const { dataDir, report = () => undefined, onProgress = () => undefined } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const days = countDays(dataDir);
  return await withArchive(dataDir, async (connection) => {
    const stage = await openStage(connection);
    const changed: Archived[] = [];
    for (const day of days) {
      const archived = await archiveDay({
        dataDir,
        day,
        connection,
        stage,
        limits,
        report,
        onProgress,
      });
      if (archived.added > 0) changed.push(archived);
    }
    return changed;
  });
}

/**
 * Runs work that changes the archive, alone.
 *
 * @throws ServerError `archive/locked`
 */
export async function withArchive<T>(
  dataDir: string,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return await holdArchive(dataDir, () => usingDuck(work));
}

async function archiveDay(task: {
  readonly dataDir: string;
  readonly day: StoredDay;
  readonly connection: DuckDBConnection;
  readonly stage: Stage;
  readonly limits: ArchiveLimits;
  readonly report: Report;
  readonly onProgress: (sofar: Archived) => void;
}): Promise<Archived> {
  const { dataDir, day, connection, stage, limits, report, onProgress } = task;
  const { date, type } = day;
  let parts = await listParts(dataDir, day);
  let pings = 0;
  for (const part of parts) pings += await countRows(connection, part);
  let archived: Archived = { date, type, added: 0, pings, files: parts.length };
  if (pings === day.count) return archived;

  const known = new Set<string>();
  for (const part of parts) for (const id of await idsIn(connection, part)) known.add(id);

  const flush = async (): Promise<void> => {
    const added = stage.count();
    if (added === 0) return;
    const last = parts.at(-1);
    const hasRoom = last !== undefined && (await sizeOf(last)) < limits.partBytes;
    await stage.moveTo(hasRoom ? last : nextPart(dataDir, day, parts), hasRoom ? last : undefined);
    parts = await listParts(dataDir, day);
    archived = {
      ...archived,
      added: archived.added + added,
      pings: archived.pings + added,
      files: parts.length,
    };
    onProgress(archived);
  };
  const missing = readPings(
    dataDir,
    { type, since: date, until: dayAfter(date), wants: (docId) => !known.has(docId) },
    report,
  );
  for await (const stored of missing) {
    stage.add(stored);
    if (stage.size() >= limits.stageChars) await flush();
  }
  await flush();
  return archived;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(date) + dayMs).toISOString();
}
