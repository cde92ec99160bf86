import { expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import { runProcess } from "#tools/run-process.ts";

/** Opens a hundred new stores, each at the moment at which its neighbours open it too. */
const opening = `
  import { openSqliteStore } from "#server/store/sqlite.ts";
  const [folder, beginMs] = process.argv.slice(1);
  while (Date.now() < Number(beginMs));
  for (let at = 0; at < 100; at += 1) {
    const store = await openSqliteStore(folder + "/" + at + ".db");
    await store.recipes();
    await store.close();
  }`;

test("a new store is made once, whichever of several processes comes first", async () => {
  await using folder = await temporaryFolder();
  const beginMs = Date.now() + 1_000;
  const flags = ["--input-type=module", "--eval", opening, folder.path, String(beginMs)];
  const ends = await Promise.all([1, 2, 3].map(() => runProcess(process.execPath, flags)));

  for (const end of ends) expect(end).toEqual({ status: 0, output: "" });
}, 60_000);
