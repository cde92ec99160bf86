import type { Kysely } from "kysely";
import type { PeopleReader, PeopleWriter, Scope, StoredToken } from "./ports-people.ts";
import type { Tables } from "./tables.ts";

/** Runs one query; outside a transaction it may have to wait for a writer. */
export type Run = <T>(query: () => Promise<T>) => Promise<T>;

/** The part of the store that knows people, reading. */
export function peopleReader(db: Kysely<Tables>, run: Run): PeopleReader {
  return {
    people: () => run(() => db.selectFrom("people").selectAll().orderBy("id").execute()),
    person: (name) =>
      run(() => db.selectFrom("people").selectAll().where("name", "=", name).executeTakeFirst()),
    tokens: async () =>
      (await run(() => db.selectFrom("tokens").selectAll().orderBy("id").execute())).map(toToken),
    token: async (sha256) => {
      const row = await run(() =>
        db.selectFrom("tokens").selectAll().where("sha256", "=", sha256).executeTakeFirst(),
      );
      return row && toToken(row);
    },
    session: (sha256) =>
      run(() =>
        db.selectFrom("sessions").selectAll().where("sha256", "=", sha256).executeTakeFirst(),
      ),
    requests: () => run(() => db.selectFrom("requests").selectAll().orderBy("id").execute()),
    request: (id) =>
      run(() => db.selectFrom("requests").selectAll().where("id", "=", id).executeTakeFirst()),
    pendingRequest: (recipeId) =>
      run(() =>
        db
          .selectFrom("requests")
          .selectAll()
          .where("recipeId", "=", recipeId)
          .where("state", "=", "pending")
          .executeTakeFirst(),
      ),
    audit: (recipeId) =>
      run(() => {
        const all = db.selectFrom("audit").selectAll().orderBy("seq");
        return (recipeId === undefined ? all : all.where("recipeId", "=", recipeId)).execute();
      }),
    latestAudit: (what) =>
      run(() =>
        db
          .selectFrom("audit")
          .selectAll()
          .where("what", "=", what)
          .orderBy("seq", "desc")
          .limit(1)
          .executeTakeFirst(),
      ),
  };
}

/** The same with what changes it, inside a transaction. */
export function peopleWriter(db: Kysely<Tables>): PeopleWriter {
  return {
    ...peopleReader(db, (query) => query()),
    addPerson: async (person) =>
      (await db.insertInto("people").values(person).returning("id").executeTakeFirstOrThrow()).id,
    setRole: async (name, role) => {
      await db.updateTable("people").set({ role }).where("name", "=", name).execute();
    },
    disablePerson: async (name, disabledMs) => {
      await db.updateTable("people").set({ disabledMs }).where("name", "=", name).execute();
    },
    addToken: async ({ scopes, ...token }) =>
      (
        await db
          .insertInto("tokens")
          .values({ ...token, scopes: scopes.join(",") })
          .returning("id")
          .executeTakeFirstOrThrow()
      ).id,
    revokeToken: async (id, revokedMs) => {
      await db.updateTable("tokens").set({ revokedMs }).where("id", "=", id).execute();
    },
    addSession: async (session) => {
      await db.insertInto("sessions").values(session).execute();
    },
    seeSession: async (sha256, seenMs) => {
      await db.updateTable("sessions").set({ seenMs }).where("sha256", "=", sha256).execute();
    },
    endSession: async (sha256) => {
      await db.deleteFrom("sessions").where("sha256", "=", sha256).execute();
    },
    endSessionsBefore: async ({ createdMs, seenMs }) => {
      await db
        .deleteFrom("sessions")
        .where((at) => at.or([at("createdMs", "<", createdMs), at("seenMs", "<", seenMs)]))
        .execute();
    },
    addRequest: async (request) =>
      (
        await db
          .insertInto("requests")
          .values({ ...request, state: "pending", decider: null, comment: "", decidedMs: null })
          .returning("id")
          .executeTakeFirstOrThrow()
      ).id,
    closeRequest: async (id, decision) => {
      const { numUpdatedRows } = await db
        .updateTable("requests")
        .set(decision)
        .where("id", "=", id)
        .where("state", "=", "pending")
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    addAudit: async (entry) => {
      await db.insertInto("audit").values(entry).execute();
    },
  };
}

const scopes: readonly Scope[] = ["read", "write", "stop", "approve", "people"];

function toToken(row: Omit<StoredToken, "scopes"> & { readonly scopes: string }): StoredToken {
  const named = row.scopes.split(",");
  // A scope that another version knew opens nothing here.
  return { ...row, scopes: scopes.filter((scope) => named.includes(scope)) };
}
