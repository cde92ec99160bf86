import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import { openSqliteStore } from "#server/store/sqlite.ts";

test("a store of the version before is brought to this one, with all that it holds", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "mulberry.sqlite");
  await (await openSqliteStore(file)).close();
  const before = new DatabaseSync(file);
  before.exec(`alter table recipes drop column "endedMs"; pragma user_version = 2;
    insert into recipes (id, slug, latest, live, "createdMs") values (7, 'a', 1, null, 1000)`);
  before.close();

  const store = await openSqliteStore(file);
  expect(await store.recipes()).toEqual([
    { id: 7, slug: "a", latest: 1, live: null, createdMs: 1_000, endedMs: null },
  ]);
  await store.close();
});

test("a store of a later version is left alone", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "mulberry.sqlite");
  await (await openSqliteStore(file)).close();
  const later = new DatabaseSync(file);
  later.exec("pragma user_version = 99");
  later.close();
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: "data/damaged" });
});
