import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import { openSqliteStore } from "#server/store/sqlite.ts";

/** What takes a store of each version back to the one before it, newest first. */
const backwards = [
  { version: 4, steps: "drop table sessions;" },
  {
    version: 3,
    steps: `drop table audit; drop table requests; drop table tokens; drop table people;
      alter table revisions drop column author;`,
  },
  { version: 2, steps: `alter table recipes drop column "endedMs";` },
];

test.each(backwards.map(({ version }, index) => ({ version, index })))(
  "a store of version $version is brought to this one, with all that it holds",
  async ({ version, index }) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "mulberry.sqlite");
    await (await openSqliteStore(file)).close();
    const before = new DatabaseSync(file);
    for (const { steps } of backwards.slice(0, index + 1)) before.exec(steps);
    before.exec(`pragma user_version = ${String(version)};
      insert into recipes (id, slug, latest, live, "createdMs") values (7, 'a', 1, null, 1000);
      insert into revisions (number, "recipeId", "revisionId", slug, name, action, parent, comment,
        "createdMs", sha256, "contentSha256", body)
        values (1, 7, '1', 'a', 'A', 'console-log', null, '', 1000, 'h', 'c', '{}')`);
    before.close();

    const store = await openSqliteStore(file);
    expect(await store.recipes()).toEqual([
      { id: 7, slug: "a", latest: 1, live: null, createdMs: 1_000, endedMs: null },
    ]);
    expect(await store.revision(1)).toMatchObject({ author: null, body: "{}" });
    expect([await store.people(), await store.requests(), await store.audit()]).toEqual([
      [],
      [],
      [],
    ]);
    await store.close();
  },
);

test("a store of a later version is left alone", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "mulberry.sqlite");
  await (await openSqliteStore(file)).close();
  const later = new DatabaseSync(file);
  later.exec("pragma user_version = 99");
  later.close();
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: "data/damaged" });
});

test.each([
  { what: "changes what was done", statement: "update audit set who = 'eve'" },
  { what: "takes back what was done", statement: "delete from audit" },
  { what: "decides anew", statement: "update requests set state = 'pending'" },
  { what: "takes a decision away", statement: "delete from requests" },
])("nobody who writes into the database by hand $what", async ({ statement }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "mulberry.sqlite");
  await (await openSqliteStore(file)).close();
  const db = new DatabaseSync(file);
  db.exec(`insert into recipes (id, slug, latest, "createdMs") values (7, 'a', 1, 1);
    insert into revisions (number, "recipeId", "revisionId", slug, name, action, comment,
      "createdMs", sha256, "contentSha256", body)
      values (1, 7, '1', 'a', 'A', 'console-log', '', 1, 'h', 'c', '{}');
    insert into people (name, role, "createdMs") values ('ada', 'author', 1);
    insert into requests ("recipeId", revision, sha256, requester, "createdMs", state, comment)
      values (7, 1, 'h', 'ada', 1, 'rejected', 'no');
    insert into audit ("atMs", who, what, subject, comment) values (1, 'ada', 'x', '', '')`);
  expect(() => {
    db.exec(statement);
  }).toThrow(/never/u);
  db.close();
});
