import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { hasSchema, indexPath } from "./ping-index.ts";

/** How many accepted pings of a type were received on a day. */
export interface StoredDay {
  /** `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly type: string;
  readonly count: number;
}

const DaysShape = v.array(v.object({ day: v.number(), type: v.string(), count: v.number() }));
export const dayMs = 86_400_000;

/**
 * Opens the index of a data folder beside whoever writes to it.
 *
 * @returns `undefined` where there is none yet; the caller closes what it gets
 */
export function openIndexForReading(dataDir: string): DatabaseSync | undefined {
  const path = indexPath(dataDir);
  if (!existsSync(path)) return undefined;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    if (hasSchema(db)) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return undefined;
}

/** Counts accepted pings by day of receipt and type, earliest day first; requests to be deleted go within a day and are left out. */
export function countDays(dataDir: string): readonly StoredDay[] {
  const db = openIndexForReading(dataDir);
  if (db === undefined) return [];
  try {
    const rows = db
      .prepare(
        `SELECT received_at / ${String(dayMs)} AS day, type, count(*) AS count
         FROM pings WHERE type <> 'deletion-request' GROUP BY day, type ORDER BY day, type`,
      )
      .all();
    return v.parse(DaysShape, rows).map(({ day, type, count }) => ({
      date: new Date(day * dayMs).toISOString().slice(0, 10),
      type,
      count,
    }));
  } finally {
    db.close();
  }
}
