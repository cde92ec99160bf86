import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Office, openOffice, production } from "#kit/office.ts";
import { type Postgres, startPostgres } from "#kit/postgres.ts";
import { aConfig, expectRefusal } from "#kit/server.ts";
import { aWalkingClient } from "#kit/walking-client.ts";
import { startServer } from "#server/main.ts";
import { openPostgresStore } from "#server/store/postgres.ts";
import { readKeyFiles } from "#server/store/key-files.ts";
import { runProcess } from "#tools/run-process.ts";

// The store of record in a PostgreSQL: what the contract suite does not ask.

let postgres: Postgres | string;
let url: string;
let count = 0;
beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async ({ skip }) => {
  if (typeof postgres === "string") return skip(postgres);
  count += 1;
  url = await postgres.schema(`test ${String(count)}`);
});
afterAll(async () => {
  if (typeof postgres !== "string") await postgres[Symbol.asyncDispose]();
});

const example = fileURLToPath(new URL("../../recipes/examples/hello.json", import.meta.url));

/** What of a store people can see, as the commands print it. */
async function told(office: Office): Promise<readonly string[]> {
  const said: string[] = [];
  for (const command of [
    ["recipe", "list"],
    ["recipe", "log"],
    ["user", "list"],
    ["kill", "list"],
  ])
    said.push(await office.done(undefined, ...command, "--json"));
  return said;
}

/** A recipe that one person wrote and another let go live, and something that is stopped. */
async function work(office: Office): Promise<void> {
  await office.admit("ada", "admin");
  const ines = await office.admit("ines", "author");
  const otto = await office.admit("otto", "approver");
  await office.done(ines, "recipe", "publish", example);
  await office.done(ines, "recipe", "request", "1");
  const waiting = await office.done(undefined, "recipe", "waiting", "--json");
  const [{ sha256 }] = JSON.parse(waiting) as [{ sha256: string }];
  expectRefusal(
    await office.run(ines, "recipe", "approve", "1", "--sha256", sha256),
    /^a[a-z]+\/[a-z-]+: /u,
  );
  await office.done(otto, "recipe", "approve", "1", "--sha256", sha256);
  await office.done(otto, "kill", "add", "--pref", "test.a");
}

test("a production server on PostgreSQL hands out what two people let go live, and has no store of its own", async () => {
  await using office = await openOffice({ DATABASE_URL: url });
  await work(office);
  const { root } = await readKeyFiles(office.dataDir);
  const server = await startServer(aConfig(office.dataDir, { ...production, DATABASE_URL: url }));
  try {
    expect(await aWalkingClient(JSON.parse(root)).run(server.url)).toMatchObject({
      kind: "verified",
      manifest: { recipes: [{ id: 1 }] },
    });
  } finally {
    await server.close();
  }
  expect((await readdir(office.dataDir)).filter((name) => name.endsWith(".db"))).toEqual([]);
});

test("a store moves from the embedded engine to PostgreSQL and back by backup and restore, row for row", async () => {
  await using embedded = await openOffice();
  await work(embedded);
  const out = join(embedded.path, "backup");
  await embedded.done(undefined, "backup", "--out", out);

  await using grown = await openOffice({ DATABASE_URL: url });
  await grown.done(undefined, "restore", out);
  const [, log = "", ...others] = await told(grown);
  const [list, before = "", ...same] = await told(embedded);
  expect(others).toEqual(same);
  // What the restoring itself did comes after all that was done before.
  expect(log.startsWith(before.trimEnd().replace(/\]$/u, ""))).toBe(true);
  expectRefusal(await grown.run(undefined, "restore", out), /^data\/exists: .*name an empty one/u);
  // It counts on behind what was brought in.
  await grown.admit("eva", "viewer");

  const again = join(grown.path, "backup");
  await grown.done(undefined, "backup", "--out", again);
  await using back = await openOffice();
  await back.done(undefined, "restore", again);
  expect((await told(back))[0]).toBe(list);
  expect((await told(back)).slice(2)).toEqual((await told(grown)).slice(2));
});

test("a database that cannot be reached is named without its password", async () => {
  await using away = await openOffice({ DATABASE_URL: "postgres://eva:s3cret@127.0.0.1:1/none" });
  const outcome = await away.run(undefined, "recipe", "list");
  expectRefusal(outcome, /^data\/unreachable: PostgreSQL cannot be used as DATABASE_URL says: /u);
  expect(outcome.stderr).not.toContain("s3cret");
});

describe("connections that break", () => {
  test("lose a change that was begun, whole, and nothing else", async () => {
    await using _open = { [Symbol.asyncDispose]: () => store.close() };
    const store = await openPostgresStore(url);
    const person = { role: "viewer", createdMs: 1, disabledMs: null } as const;
    await store.transaction((writer) => writer.addPerson({ name: "ada", ...person }));

    const broken = store.transaction(async (writer) => {
      await writer.addPerson({ name: "bob", ...person });
      await endConnections();
      await writer.addPerson({ name: "eve", ...person });
    });
    await expect(broken).rejects.toThrow();
    await store.transaction((writer) => writer.addPerson({ name: "zoe", ...person }));
    expect((await store.people()).map(({ name }) => name)).toEqual(["ada", "zoe"]);
  });

  async function endConnections(): Promise<void> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mulberry'",
    );
    await client.end();
  }
});

const opening = `
  import { openPostgresStore } from "#server/store/postgres.ts";
  const [url, beginMs] = process.argv.slice(1);
  while (Date.now() < Number(beginMs));
  const store = await openPostgresStore(url);
  await store.recipes();
  await store.close();`;

test("tables are made once, whichever of several processes comes first", async () => {
  const beginMs = Date.now() + 1_000;
  const flags = ["--input-type=module", "--eval", opening, url, String(beginMs)];
  const ends = await Promise.all([1, 2, 3].map(() => runProcess(process.execPath, flags)));
  for (const end of ends) expect(end).toEqual({ status: 0, output: "" });
});

test("a store of a later version is left alone", async () => {
  await (await openPostgresStore(url)).close();
  await byHand("update schema_version set version = 99");
  await expect(openPostgresStore(url)).rejects.toMatchObject({ code: "data/damaged" });
});

test.each([
  { what: "changes what was done", statement: "update audit set who = 'eve'" },
  { what: "takes back what was done", statement: "delete from audit" },
  { what: "empties what was done", statement: "truncate audit" },
  { what: "changes what was written", statement: "update revisions set body = ''" },
  { what: "decides anew", statement: "update requests set state = 'pending'" },
  { what: "takes a decision away", statement: "delete from requests" },
])("nobody who writes into the database by hand $what", async ({ statement }) => {
  await (await openPostgresStore(url)).close();
  await byHand(`insert into recipes (id, slug, latest, "createdMs") values (7, 'a', 1, 1);
    insert into revisions (number, "recipeId", "revisionId", slug, name, action, comment,
      "createdMs", sha256, "contentSha256", body)
      values (1, 7, '1', 'a', 'A', 'console-log', '', 1, 'h', 'c', '{}');
    insert into people (name, role, "createdMs") values ('ada', 'author', 1);
    insert into requests ("recipeId", revision, sha256, requester, "createdMs", state, comment)
      values (7, 1, 'h', 'ada', 1, 'rejected', 'no');
    insert into audit ("atMs", who, what, subject, comment) values (1, 'ada', 'x', '', '')`);
  await expect(byHand(statement)).rejects.toThrow(/never/u);
});

test("what was done is counted without a gap, though a change was taken back in between", async () => {
  await using _open = { [Symbol.asyncDispose]: () => store.close() };
  const store = await openPostgresStore(url);
  const entry = { atMs: 1, who: null, what: "kill.added", recipeId: null, sha256: null } as const;
  const add = (comment: string, isLost = false): Promise<void> =>
    store.transaction(async (writer) => {
      await writer.addAudit({ ...entry, subject: "", comment });
      if (isLost) throw new Error("taken back");
    });
  await add("first");
  await expect(add("lost", true)).rejects.toThrow("taken back");
  await add("second");
  expect((await store.audit()).map(({ seq, comment }) => [seq, comment])).toEqual([
    [1, "first"],
    [2, "second"],
  ]);
});

async function byHand(statements: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}
