import { type Kysely, type RawBuilder, sql } from "kysely";
import { peopleReader, peopleWriter, type Run } from "./people-queries.ts";
import type { RecipeReader, RecipeWriter } from "./ports.ts";
import type { Tables } from "./tables.ts";

// The queries of the store of record, the same for SQLite and PostgreSQL.

/** An engine as its queries see it. */
export interface Engine {
  readonly db: Kysely<Tables>;
  /** What puts rows of one moment in the order in which they came. */
  readonly arrival: RawBuilder<unknown>;
}

/** What every engine reads alike. */
export function recipeReader({ db, arrival }: Engine, run: Run): RecipeReader {
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
          .select(["kind", "value", "createdMs"])
          .orderBy("createdMs")
          .orderBy(arrival)
          .execute(),
      ),
    extensions: () => run(() => db.selectFrom("extensions").selectAll().orderBy("id").execute()),
    extension: (id) =>
      run(() => db.selectFrom("extensions").selectAll().where("id", "=", id).executeTakeFirst()),
  };
}

/** The same with what changes it, inside a transaction. */
export function recipeWriter(engine: Engine): RecipeWriter {
  const { db } = engine;
  return {
    ...recipeReader(engine, (query) => query()),
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
