import { setTimeout as delay } from "node:timers/promises";
import { Kysely, sql } from "kysely";
import type { RecipeStore } from "./ports.ts";
import { recipeReader, recipeWriter } from "./recipe-queries.ts";
import { isBusy, sqliteDialect } from "./sqlite-dialect.ts";
import { migrate, type Tables } from "./tables.ts";

/** How long a writer waits for others before it gives up, in milliseconds. */
const lockPatienceMs = 30_000;
/** How soon it asks again. */
const retryMs = 10;

const arrival = sql`rowid`;

/**
 * Opens the embedded store in one file, making it when it is not there.
 *
 * @throws what SQLite says when the file cannot be opened or is not a database
 */
export async function openSqliteStore(file: string): Promise<RecipeStore> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  await whenFree(() => migrate(db));
  return {
    ...recipeReader({ db, arrival }, whenFree),
    transaction: (work) =>
      // Only taking the lock can find it taken, and then work has not begun.
      whenFree(() =>
        db.transaction().execute((inside) => work(recipeWriter({ db: inside, arrival }))),
      ),
    close: () => db.destroy(),
  };
}

/** Repeats what found the database locked, without blocking the thread that may hold the lock. */
async function whenFree<T>(run: () => Promise<T>): Promise<T> {
  const attempts = lockPatienceMs / retryMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || attempt >= attempts) throw error;
    }
    await delay(retryMs);
  }
}
