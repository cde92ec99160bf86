import { Kysely, PostgresDialect, type PostgresPool, sql, type Transaction } from "kysely";
import { Pool, TypeOverrides, types } from "pg";
import { ServerError } from "../errors.ts";
import type { RecipeStore } from "./ports.ts";
import { migratePostgres } from "./postgres-tables.ts";
import { recipeReader, recipeWriter } from "./recipe-queries.ts";
import type { Tables } from "./tables.ts";

/** How many connections one process opens; writers wait for each other anyway. */
const connections = 8;

const arrival = sql`seq`;

/**
 * Opens the store of record in a PostgreSQL, making its tables where they are missing, in the schema
 * that the connection finds first.
 *
 * @param url - `postgres://…`, as `DATABASE_URL` says it
 * @throws ServerError `data/unreachable` when nobody answers there or the database does not let us in,
 *   `data/damaged` when a newer Mulberry wrote it
 */
export async function openPostgresStore(url: string): Promise<RecipeStore> {
  const { db, alone } = await connectPostgres(url);
  return {
    ...recipeReader({ db, arrival }, (query) => query()),
    transaction: (work) => alone((inside) => work(recipeWriter({ db: inside, arrival }))),
    close: () => db.destroy(),
  };
}

/** A PostgreSQL with our tables in it. `await using` ends it. */
interface Connected extends AsyncDisposable {
  readonly db: Kysely<Tables>;
  /** Runs work as the only writer, as one atomic and durable change. */
  readonly alone: <T>(work: (inside: Transaction<Tables>) => Promise<T>) => Promise<T>;
}

/** As {@link openPostgresStore}, for whoever needs its rows. */
export async function connectPostgres(url: string): Promise<Connected> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool(url) }) });
  const alone: Connected["alone"] = (work) =>
    db.transaction().execute(async (inside) => {
      await takeTurn(inside);
      return work(inside);
    });
  try {
    await migratePostgres(db, alone);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, alone, [Symbol.asyncDispose]: () => db.destroy() };
}

/**
 * Waits until no other writer is at work, in this process or in others, at most 30 s. Readers wait for
 * nobody. The transaction is on the disk when it ends, whatever the database was told about others.
 */
async function takeTurn(inside: Transaction<Tables>): Promise<void> {
  await sql`set local lock_timeout = '30s'`.execute(inside);
  await sql`set local synchronous_commit = on`.execute(inside);
  await sql`select pg_advisory_xact_lock(hashtext('mulberry ' || current_schema()))`.execute(
    inside,
  );
}

/** Numbers of milliseconds and of rows are numbers here: all of them stay below 2^53. */
const counting = new TypeOverrides();
counting.setTypeParser(types.builtins.INT8, Number);

function openPool(url: string): PostgresPool {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: "mulberry",
    connectionTimeoutMillis: 10_000,
    types: counting,
  });
  // A connection that breaks while nothing is asked of it says so to nobody: whoever asks next is told,
  // or gets another one.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
  });
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      try {
        return await pool.connect();
      } catch (cause) {
        // The address is left out: it may hold a password.
        throw new ServerError(
          "data/unreachable",
          `PostgreSQL cannot be used as DATABASE_URL says: ${reasonOf(cause)}`,
          { cause },
        );
      }
    },
  };
}

/** Where several addresses were tried, each has its own reason. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}
