import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { askDuckDb } from "#kit/archive.ts";
import { aHeartbeatPing, aPing } from "#kit/pings.ts";
import { mulberry, temporaryFolder } from "#kit/server.ts";
import { aSubmission, openTestIngest } from "../unit/server/ingest/support.ts";

// What docs/archive.md tells a reader to do is done here, word for word.

test("the commands and queries of docs/archive.md do what it says", async () => {
  const page = await readFile(new URL("../../docs/archive.md", import.meta.url), "utf8");
  const [command = "", forget = ""] = blocksOf(page, "sh");
  const [days = "", branches = ""] = blocksOf(page, "sql");
  await using folder = await temporaryFolder();
  const ingest = await openTestIngest(folder.path);
  // Of the hundredth that the second query lets in.
  const clientId = "00000000-0000-4000-8000-000000000002";
  await ingest.submit(aSubmission(aPing({ clientId })));
  await ingest.submit(aSubmission({ ...aHeartbeatPing(), id: clientId }));
  await ingest.close();

  const args = command.trim().split(" ").slice(2);
  const run = await mulberry([...args, "--json", "--data", folder.path]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(run.stdout)).toEqual([
    { date: "2026-11-22", type: "event", added: 1, pings: 1, files: 1 },
    { date: "2026-11-22", type: "heartbeat", added: 1, pings: 1, files: 1 },
  ]);
  const ask = (sql: string) => askDuckDb(sql.replaceAll("DIR", folder.path));
  expect(await ask(days)).toEqual([
    { submission_date: "2026-11-22", type: "event", pings: "1", clients: "1" },
    { submission_date: "2026-11-22", type: "heartbeat", pings: "1", clients: "1" },
  ]);
  expect(await ask(branches)).toEqual([{ slug: "tab-study", branch: "treatment", clients: "1" }]);
  expect(await mulberry([...args, "--data", folder.path])).toEqual({
    code: 0,
    stdout: "everything is in the archive already\n",
    stderr: "",
  });
  expect(await mulberry([...forget.trim().split(" ").slice(2), "--data", folder.path])).toEqual({
    code: 0,
    stdout: "deleted 1 submissions and 1 pings of the archive\n",
    stderr: "",
  });
});

function blocksOf(page: string, language: string): readonly string[] {
  const fence = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gsu");
  return [...page.matchAll(fence)].map(([, text = ""]) => text);
}
