import { Kysely, sql } from "kysely";
import { copyRows, countOn, requireEmpty } from "./copy-rows.ts";
import { connectPostgres } from "./postgres.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { migrate, type Tables } from "./tables.ts";

/**
 * Writes what a PostgreSQL holds at one moment into a new embedded store.
 *
 * @param file - is not there
 */
export async function dumpPostgres(url: string, file: string): Promise<void> {
  await using source = await connectPostgres(url);
  await using target = await openFile(file);
  await source.db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute((from) => target.db.transaction().execute((to) => copyRows(from, to, sql`seq`)));
}

/**
 * Brings an embedded store into a PostgreSQL that holds none, whole or not at all.
 *
 * @throws ServerError `data/exists`
 */
export async function fillPostgres(url: string, file: string): Promise<void> {
  await using source = await openFile(file);
  await using target = await connectPostgres(url);
  await source.db.transaction().execute((from) =>
    target.alone(async (to) => {
      await requireEmpty(to);
      await copyRows(from, to, sql`rowid`);
      await countOn(to);
    }),
  );
}

async function openFile(file: string): Promise<AsyncDisposable & { readonly db: Kysely<Tables> }> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  await migrate(db);
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}
