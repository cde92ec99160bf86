import { stat } from "node:fs/promises";
import { DuckDBTimestampValue, type DuckDBAppender } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import * as v from "valibot";
import { ServerError } from "../errors.ts";
import type { StoredPing } from "../ingest/reader.ts";
import { writeAtomicallyBy } from "../store/atomic.ts";
import { type Column, columns } from "./columns.ts";
import { readParquet, sqlText } from "./duck.ts";

// One Parquet file: what it holds, and how it comes to hold more or less. Each of these replaces a
// file by one rename, so that readers, and a kill, meet the file before or the one after.

const staged = "staged";
const CountShape = v.tuple([v.object({ count: v.number() })]);
const IdsShape = v.array(v.object({ id: v.string() }));

/** Pings on their way into a part. */
export interface Stage {
  /** Characters of JSON that wait. */
  readonly size: () => number;
  readonly count: () => number;
  add(stored: StoredPing): void;
  /**
   * Puts what waits into `part`, behind what is there already.
   *
   * @param old - the part's name where it exists
   */
  moveTo(part: string, old: string | undefined): Promise<void>;
}

export async function openStage(connection: DuckDBConnection): Promise<Stage> {
  const definitions = Object.entries<Column>(columns).map(([name, { type }]) => `${name} ${type}`);
  await connection.run(`CREATE TABLE ${staged} (${definitions.join(", ")})`);
  const appender = await connection.createAppender(staged);
  let size = 0;
  let count = 0;
  return {
    size: () => size,
    count: () => count,
    add(stored) {
      for (const column of Object.values<Column>(columns)) size += append(appender, column, stored);
      appender.endRow();
      count += 1;
    },
    async moveTo(part, old) {
      appender.flushSync();
      const before = old === undefined ? "" : `FROM ${readParquet([old])} UNION ALL BY NAME `;
      await writePart(connection, part, `${before}FROM ${staged}`);
      await connection.run(`TRUNCATE ${staged}`);
      size = 0;
      count = 0;
    },
  };
}

/** @returns the characters that it took */
function append(appender: DuckDBAppender, column: Column, stored: StoredPing): number {
  switch (column.type) {
    case "VARCHAR": {
      const text = column.of(stored);
      if (text === null) appender.appendNull();
      else appender.appendVarchar(text);
      return text?.length ?? 0;
    }
    case "TIMESTAMP":
      appender.appendTimestamp(new DuckDBTimestampValue(BigInt(column.of(stored)) * 1_000n));
      return 0;
    case "UTINYINT":
      appender.appendUTinyInt(column.of(stored));
      return 0;
  }
}

/** Writes the rows of a query as a part. */
export async function writePart(
  connection: DuckDBConnection,
  part: string,
  query: string,
): Promise<void> {
  await writeAtomicallyBy(part, async (temporary) => {
    await connection.run(
      `COPY (${query}) TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  });
}

/** @throws ServerError `archive/damaged` for a file that is no whole Parquet file */
export async function countRows(
  connection: DuckDBConnection,
  part: string,
  where = "true",
): Promise<number> {
  const rows = await readable(part, () =>
    connection.runAndReadAll(
      `SELECT count(*)::DOUBLE AS count FROM ${readParquet([part])} WHERE ${where}`,
    ),
  );
  const [{ count }] = v.parse(CountShape, rows.getRowObjectsJS());
  return count;
}

/** Document ids in a part. @throws ServerError `archive/damaged` */
export async function idsIn(
  connection: DuckDBConnection,
  part: string,
): Promise<readonly string[]> {
  const rows = await readable(part, () =>
    connection.runAndReadAll(`SELECT document_id AS id FROM ${readParquet([part])}`),
  );
  return v.parse(IdsShape, rows.getRowObjectsJS()).map(({ id }) => id);
}

export async function sizeOf(part: string): Promise<number> {
  return (await stat(part)).size;
}

async function readable<T>(part: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (cause) {
    throw new ServerError(
      "archive/damaged",
      `${part} cannot be read: move it away, and the next "mulberry archive" makes it anew from what the server received`,
      { cause },
    );
  }
}
