import { DatabaseSync } from "node:sqlite";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { storageCode } from "#server/errors.ts";
import { toErrorAnswer } from "#server/routes/errors.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mulberry-errors-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ["ENOSPC", "data/disk-full"],
  ["EDQUOT", "data/disk-full"],
  ["EROFS", "data/not-writable"],
  ["EACCES", "data/not-writable"],
  ["ECONNRESET", undefined],
])("the system's %s means %s", (code, meaning) => {
  expect(storageCode(Object.assign(new Error("x"), { code }))).toBe(meaning);
});

test("a database that has no more room, or is none, is named as such", async () => {
  const db = new DatabaseSync(":memory:");
  db.exec("PRAGMA max_page_count = 2; CREATE TABLE t (x)");
  expect(storageCode(refusalOf(() => db.exec("INSERT INTO t VALUES (randomblob(99999))")))).toBe(
    "data/disk-full",
  );
  db.close();

  const file = join(folder, "x.db");
  await writeFile(file, "this is not a database, it is a sentence that goes on for long enough");
  const broken = new DatabaseSync(file);
  expect(storageCode(refusalOf(() => broken.exec("SELECT * FROM sqlite_schema")))).toBe(
    "data/damaged",
  );
  broken.close();
});

test("a folder where a file belongs is damage", async () => {
  const error: unknown = await readFile(folder).catch((cause: unknown) => cause);
  expect(storageCode(error)).toBe("data/damaged");
});

test("over HTTP a full disk is 507, and other failures tell nothing", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  expect(toErrorAnswer(full)).toMatchObject({ status: 507, answer: { code: "data/disk-full" } });
  expect(toErrorAnswer(new Error("secret"))).toMatchObject({
    status: 500,
    answer: { code: "http/internal", message: "the server failed; its log says why" },
  });
});

function refusalOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
