import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import { ServerError } from "../errors.ts";
import type { Tables } from "./tables.ts";

// The store of record from one engine to the other, row by row. A backup is always an embedded store,
// so this is also the way from the embedded engine to PostgreSQL.

interface Copied {
  /** What puts the rows in the order in which they came. */
  readonly order: readonly string[];
  /** A column that the database counts up by itself. */
  readonly counter?: string;
}

/** Every table, those that others refer to first. */
const tables = {
  recipes: { order: ["id"] },
  revisions: { order: ["number"] },
  publications: { order: ["ep", "n"] },
  kills: { order: ["createdMs"] },
  extensions: { order: ["id"], counter: "id" },
  people: { order: ["id"], counter: "id" },
  tokens: { order: ["id"], counter: "id" },
  sessions: { order: ["createdMs"] },
  requests: { order: ["id"], counter: "id" },
  audit: { order: ["seq"] },
} as const satisfies { readonly [T in keyof Tables]: Copied };
const entries: readonly (readonly [string, Copied])[] = Object.entries(tables);

/** How many rows are in memory at once. */
const batch = 500;

type Row = Readonly<Record<string, unknown>>;

/**
 * Copies every row into tables that are empty, over two views of the data that do not change meanwhile.
 *
 * @param arrival - what puts rows of one moment in order where they come from
 */
export async function copyRows(
  from: Transaction<Tables>,
  to: Transaction<Tables>,
  arrival: RawBuilder<unknown>,
): Promise<void> {
  for (const [table, { order }] of entries) {
    const columns: RawBuilder<unknown>[] = order.map((column) => sql.ref(column));
    const sorted = sql.join(table === "kills" ? [...columns, arrival] : columns);
    for (let offset = 0; ; offset += batch) {
      const { rows } = await sql<Row>`select * from ${sql.table(table)} order by ${sorted}
        limit ${batch} offset ${offset}`.execute(from);
      if (rows.length > 0) await insert(to, table, rows);
      if (rows.length < batch) break;
    }
  }
}

async function insert(to: Transaction<Tables>, table: string, rows: readonly Row[]): Promise<void> {
  // How PostgreSQL keeps kills in order is its own affair.
  const columns = Object.keys(rows[0] ?? {}).filter((name) => table !== "kills" || name !== "seq");
  const values = rows.map((row) => sql`(${sql.join(columns.map((name) => row[name]))})`);
  await sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
    values ${sql.join(values)}`.execute(to);
}

/** @throws ServerError `data/exists` where any table holds a row */
export async function requireEmpty(db: Kysely<Tables>): Promise<void> {
  for (const [table] of entries) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0)
      throw new ServerError(
        "data/exists",
        `the database that DATABASE_URL names has a store (${table}): name an empty one`,
      );
  }
}

/** Lets PostgreSQL count on behind the rows that were copied. */
export async function countOn(db: Kysely<Tables>): Promise<void> {
  for (const [table, { counter }] of entries) {
    if (counter === undefined) continue;
    await sql`select setval(pg_get_serial_sequence(${table}, ${counter}),
      coalesce(max(${sql.ref(counter)}), 0) + 1, false) from ${sql.table(table)}`.execute(db);
  }
}
