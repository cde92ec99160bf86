import { setTimeout as delay } from "node:timers/promises";
import { Kysely, sql } from "kysely";
import { isBusy, sqliteDialect } from "./sqlite-dialect.ts";
import type { RecipeReader, RecipeStore, RecipeWriter } from "./ports.ts";
import { peopleReader, peopleWriter, type Run } from "./sqlite-people.ts";
import { migrate, type Tables } from "./tables.ts";

/** How long a writer waits for others before it gives up, in milliseconds. */
const lockPatienceMs = 30_000;
/** How soon it asks again. */
const retryMs = 10;

/**
 * Opens the embedded store in one file, making it when it is not there.
 *
 * @throws what SQLite says when the file cannot be opened or is not a database
 */
export async function openSqliteStore(file: string): Promise<RecipeStore> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  await whenFree(() => migrate(db));
  return {
    ...reader(db, whenFree),
    transaction: (work) =>
      // Only taking the lock can find it taken, and then work has not begun.
      whenFree(() => db.transaction().execute((inside) => work(writer(inside)))),
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

function reader(db: Kysely<Tables>, run: Run): RecipeReader {
  return {
    ...peopleReader(db, run),
    recipes: () => run(() => db.selectFrom("recipes").selectAll().orderBy("id").execute()),
    recipe: (id) =>
      run(() => db.selectFrom("recipes").selectAll().where("id", "=", id).executeTakeFirst()),
    revision: (number) =>
      run(() =>
        db.selectFrom("revisions").selectAll().where("number", "=", number).executeTakeFirst(),
      ),
    revisionsOf: (recipeId) =>
      run(() =>
        db
          .selectFrom("revisions")
          .selectAll()
          .where("recipeId", "=", recipeId)
          .orderBy("number")
          .execute(),
      ),
    liveRevisions: () =>
      run(() =>
        db
          .selectFrom("recipes")
          .innerJoin("revisions", "revisions.number", "recipes.live")
          .selectAll("revisions")
          .orderBy("recipes.id")
          .execute(),
      ),
    body: async (sha256) =>
      (
        await run(() =>
          db
            .selectFrom("revisions")
            .select("body")
            .where("sha256", "=", sha256)
            .limit(1)
            .executeTakeFirst(),
        )
      )?.body,
    latestPublication: () =>
      run(() =>
        db
          .selectFrom("publications")
          .selectAll()
          .orderBy("ep", "desc")
          .orderBy("n", "desc")
          .limit(1)
          .executeTakeFirst(),
      ),
    kills: () =>
      run(() =>
        db
          .selectFrom("kills")
          .selectAll()
          .orderBy("createdMs")
          .orderBy(sql`rowid`)
          .execute(),
      ),
    extensions: () => run(() => db.selectFrom("extensions").selectAll().orderBy("id").execute()),
    extension: (id) =>
      run(() => db.selectFrom("extensions").selectAll().where("id", "=", id).executeTakeFirst()),
  };
}

function writer(db: Kysely<Tables>): RecipeWriter {
  return {
    ...reader(db, (query) => query()),
    ...peopleWriter(db),
    nextRevisionNumber: async () =>
      (
        await db
          .selectFrom("revisions")
          .select(sql<number>`coalesce(max(number), 0) + 1`.as("next"))
          .executeTakeFirstOrThrow()
      ).next,
    addRevision: async (revision) => {
      const { recipeId, slug, number, createdMs } = revision;
      await db
        .insertInto("recipes")
        .values({ id: recipeId, slug, latest: number, live: null, createdMs })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ slug, latest: number }))
        .execute();
      await db.insertInto("revisions").values(revision).execute();
    },
    setLive: async (recipeId, live) => {
      await db
        .updateTable("recipes")
        .set({ live, endedMs: null })
        .where("id", "=", recipeId)
        .execute();
    },
    endLive: async (recipeId, endedMs) => {
      await db
        .updateTable("recipes")
        .set({ live: null, endedMs })
        .where("id", "=", recipeId)
        .execute();
    },
    addPublication: async (publication) => {
      await db.insertInto("publications").values(publication).execute();
    },
    addKill: async (kill) => {
      await db.insertInto("kills").values(kill).execute();
    },
    removeKill: async ({ kind, value }) => {
      await db.deleteFrom("kills").where("kind", "=", kind).where("value", "=", value).execute();
    },
    addExtension: async (extension) =>
      (
        await db
          .insertInto("extensions")
          .values(extension)
          .returning("id")
          .executeTakeFirstOrThrow()
      ).id,
  };
}
