import { type Generated, type Kysely, sql } from "kysely";
import { ServerError } from "../errors.ts";
import { peopleStatements, type PeopleTables } from "./people-tables.ts";
import type {
  StoredExtension,
  StoredKill,
  StoredPublication,
  StoredRecipe,
  StoredRevision,
} from "./ports.ts";

type Row<T> = { -readonly [K in keyof T]: T[K] };

export interface Tables extends PeopleTables {
  recipes: Row<StoredRecipe>;
  revisions: Row<StoredRevision>;
  publications: Row<StoredPublication>;
  kills: Row<StoredKill>;
  extensions: Omit<Row<StoredExtension>, "id"> & { id: Generated<number> };
}

/** Raised with every change of the tables. */
export const schemaVersion = 5;

/** Makes the tables where they are missing. History cannot be rewritten: the engine itself refuses. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  if ((await versionOf(db)) === schemaVersion) return;
  await db.transaction().execute(async (inside) => {
    // Asked again under the lock: another process may have done it while this one waited.
    const version = await versionOf(inside);
    if (version === schemaVersion) return;
    const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(inside);
    await run(`create table if not exists recipes (
      id integer primary key, slug text not null, latest integer not null, live integer,
      "createdMs" bigint not null)`);
    await run(`create table if not exists revisions (
      number integer primary key, "recipeId" integer not null references recipes (id),
      "revisionId" text not null, slug text not null, name text not null, action text not null,
      parent integer references revisions (number), comment text not null,
      "createdMs" bigint not null, sha256 text not null, "contentSha256" text not null,
      body text not null)`);
    await run(`create index if not exists revisions_by_sha256 on revisions (sha256)`);
    await run(`create index if not exists revisions_by_recipe on revisions ("recipeId", number)`);
    await run(`create table if not exists publications (
      ep integer not null, n integer not null, digest text not null, payload text not null,
      bundle text not null, "createdMs" bigint not null, primary key (ep, n))`);
    await run(`create table if not exists kills (
      kind text not null, value text not null, "createdMs" bigint not null,
      primary key (kind, value))`);
    await run(`create table if not exists extensions (
      id integer primary key, name text not null, "addonId" text not null, version text not null,
      sha256 text not null, size integer not null, "createdMs" bigint not null)`);
    if (version < 3) await run(`alter table recipes add column "endedMs" bigint`);
    if (version < 4) await run(`alter table revisions add column author text`);
    for (const statement of peopleStatements) await run(statement);
    for (const table of ["revisions", "publications", "audit"]) {
      for (const change of ["update", "delete"]) {
        await run(`create trigger if not exists ${table}_refuse_${change} before ${change} on ${table}
          begin select raise(abort, 'the rows of ${table} are never changed'); end`);
      }
    }
    await run(`pragma user_version = ${String(schemaVersion)}`);
  });
}

/** @throws ServerError `data/damaged` when a newer Mulberry wrote the store */
async function versionOf(db: Kysely<Tables>): Promise<number> {
  const read = await sql<{ user_version: number }>`pragma user_version`.execute(db);
  const version = read.rows[0]?.user_version ?? 0;
  if (version > schemaVersion) throw tooNew(version);
  return version;
}

/** Why a store that a newer Mulberry wrote is left alone. */
export function tooNew(version: number): ServerError {
  return new ServerError(
    "data/damaged",
    `the store is of version ${String(version)}, written by a newer Mulberry; this one knows ${String(schemaVersion)}`,
  );
}
