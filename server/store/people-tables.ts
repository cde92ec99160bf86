import type { Generated } from "kysely";
import type {
  StoredAudit,
  StoredPerson,
  StoredRequest,
  StoredSession,
  StoredToken,
} from "./ports-people.ts";

type Row<T> = { -readonly [K in keyof T]: T[K] };
type Numbered<T extends { readonly id: number }> = Omit<Row<T>, "id"> & { id: Generated<number> };

export interface PeopleTables {
  people: Numbered<StoredPerson>;
  /** The scopes stand in one text, with commas between them. */
  tokens: Omit<Numbered<StoredToken>, "scopes"> & { scopes: string };
  sessions: Row<StoredSession>;
  requests: Numbered<StoredRequest>;
  audit: Omit<Row<StoredAudit>, "seq"> & { seq: Generated<number> };
}

/**
 * The tables of people and of what they did, statement by statement; safe to run again. The engine
 * itself holds the rules that nobody may be able to go round: one request at a time, nobody approves
 * what they asked for, what is decided and what was done stays as it is.
 */
export const peopleStatements: readonly string[] = [
  `create table if not exists people (
    id integer primary key, name text not null unique, role text not null,
    "createdMs" bigint not null, "disabledMs" bigint)`,
  `create table if not exists tokens (
    id integer primary key, person text not null references people (name),
    sha256 text not null unique, scopes text not null, "createdMs" bigint not null,
    "expiresMs" bigint not null, "revokedMs" bigint)`,
  `create table if not exists sessions (
    sha256 text primary key, person text not null references people (name),
    token integer references tokens (id), "createdMs" bigint not null, "seenMs" bigint not null)`,
  `create table if not exists requests (
    id integer primary key, "recipeId" integer not null references recipes (id),
    revision integer not null references revisions (number), sha256 text not null,
    requester text not null references people (name), "createdMs" bigint not null,
    state text not null, decider text references people (name), comment text not null,
    "decidedMs" bigint,
    check (state <> 'approved' or (decider is not null and decider <> requester)))`,
  `create unique index if not exists requests_one_pending
    on requests ("recipeId") where state = 'pending'`,
  `create table if not exists audit (
    seq integer primary key, "atMs" bigint not null, who text, what text not null,
    "recipeId" integer, sha256 text, subject text not null, comment text not null)`,
  `create index if not exists audit_by_recipe on audit ("recipeId", seq)`,
  `create index if not exists audit_by_event on audit (what, seq)`,
  `create trigger if not exists requests_refuse_update before update on requests
    when old.state <> 'pending'
    begin select raise(abort, 'what is decided is never changed'); end`,
  `create trigger if not exists requests_refuse_delete before delete on requests
    begin select raise(abort, 'the rows of requests are never taken away'); end`,
];
