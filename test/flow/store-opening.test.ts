import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";

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
  const said = await Promise.all(
    [1, 2, 3].map(() => {
      const child = spawn(
        process.execPath,
        ["--input-type=module", "--eval", opening, folder.path, String(beginMs)],
        { stdio: ["ignore", "ignore", "pipe"] },
      );
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
      return new Promise<string>((resolve, reject) => {
        child.on("error", reject).on("close", () => {
          resolve(stderr);
        });
      });
    }),
  );

  expect(said).toEqual(["", "", ""]);
}, 60_000);
