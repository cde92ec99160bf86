import { expect, test } from "vitest";
import { expectRefusal, mulberry } from "#kit/server.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aRequest,
  aSubmission,
  openTestIngest,
  urlOf,
} from "../unit/server/ingest/support.ts";

test("the books and the refused pings of a folder are printed beside the server that writes them", async () => {
  const folder = await aFolder();
  const data = ["--data", folder];
  const ingest = await openTestIngest(folder, { mode: "production", limits: { jsonKeys: 5 } });
  await ingest.submit(aSubmission(aPing(1)));
  await ingest.submit(aRequest("poison", { url: urlOf(aDocId(2)) }));
  await ingest.settled();

  const counted = await mulberry(["pings", "count", "--audit", ...data]);
  expect(counted).toMatchObject({ code: 0, stderr: "" });
  expect(counted.stdout.trimEnd().split("\n")).toEqual([
    "received        2",
    "accepted        0",
    "duplicate       0",
    "error           2",
    "damagedRegions  0",
    "records         2",
    "pings           0",
  ]);
  const errors = await mulberry(["pings", "errors", ...data]);
  expect(linesOf(errors.stdout)).toMatchObject([
    { docId: aDocId(1), docType: "event", code: "ping/too-many-keys" },
    { docId: aDocId(2), docType: "event", code: "ping/not-json", at: "" },
  ]);
  const one = await mulberry(["pings", "errors", "--code", "ping/not-json", ...data]);
  expect(linesOf(one.stdout)).toHaveLength(1);
  expectRefusal(await mulberry(["pings", "replay", ...data]), /^ingest\/locked: /u);

  await ingest.close();
  const replayed = await mulberry(["pings", "replay", "--json", ...data]);
  expect(JSON.parse(replayed.stdout)).toEqual({ tried: 2, accepted: 1, duplicate: 0, error: 1 });
  const after = await mulberry(["pings", "count", "--audit", "--json", ...data]);
  expect(JSON.parse(after.stdout)).toEqual({
    ...{ received: 2, accepted: 1, duplicate: 0, error: 1, damagedRegions: 0 },
    audit: { records: 2, pings: 1 },
  });
  expect(linesOf((await mulberry(["pings", ...data])).stdout)).toMatchObject([{ id: aDocId(1) }]);
});

function linesOf(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}
