import { copyFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aHeartbeatPing } from "#kit/pings.ts";
import { expireArchived } from "#server/archive/expiry.ts";
import { listPartitions } from "#server/archive/partitions.ts";
import { archivePings } from "#server/archive/writer.ts";
import { isBalanced, readAccounts } from "#server/ingest/accounts.ts";
import { indexPath } from "#server/ingest/ping-index.ts";
import { segmentsFolder } from "#server/ingest/segment.ts";
import { keptFrom, parseRetention } from "#server/retention.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aSubmission,
  everyByteOf,
  openTestIngest,
  startMs,
  storedIds,
} from "./support.ts";

const dayMs = 86_400_000;
const survey = { ...aHeartbeatPing(), id: aDocId(100) };

/** Ten days of pings: five a day, the first of them twice, and one that is refused; a survey on the first. */
async function tenDays() {
  const dataDir = await aFolder();
  let nowMs = startMs;
  const ingest = await openTestIngest(dataDir, {
    clock: { nowMs: () => nowMs, delay: () => Promise.resolve() },
    limits: { segmentBytes: 1_500 },
  });
  await ingest.submit(aSubmission(survey));
  for (let day = 0; day < 10; day += 1) {
    for (const number of [0, 1, 2, 3, 4, 0])
      await ingest.submit(aSubmission(aPing(day * 5 + number)));
    await ingest.submit(aSubmission({ ...aPing(200 + day), clientId: "nobody" }));
    nowMs += dayMs;
  }
  return {
    dataDir,
    ingest,
    kept: (text: string) => keptFrom(parseRetention(text) ?? expect.fail("is no retention"), nowMs),
    segments: () => readdir(segmentsFolder(dataDir)),
  };
}

const days = (first: number) =>
  Array.from({ length: 50 - first * 5 }, (_, number) => aDocId(first * 5 + number));

async function expectBalanced(dataDir: string): Promise<void> {
  const { accounts, audit } = await readAccounts(dataDir, { audit: true });
  expect(accounts).toMatchObject({ received: 71, accepted: 51, duplicate: 10, error: 10 });
  expect(audit).toEqual({ records: 71, pings: 51 });
  expect(isBalanced(accounts, audit)).toBe(true);
}

describe("what is older than it is kept", () => {
  test("goes by whole days; what is younger stays, and the books balance", async () => {
    const { dataDir, ingest, kept, segments } = await tenDays();
    const before = (await segments()).length;
    // The eleventh day has begun: the three before it are kept.
    const expired = await ingest.expire(kept("3"));

    expect(expired).toMatchObject({ pings: 36 });
    expect(expired.segments).toBe(before - (await segments()).length);
    expect(expired.segments).toBeGreaterThan(before / 2);
    expect(await storedIds(ingest)).toEqual(days(7));
    expect(ingest.errors()).toHaveLength(3);
    expect(await ingest.expire(kept("3"))).toEqual({ pings: 0, segments: 0 });
    await expectBalanced(dataDir);
    // An id may come again once nothing is kept under it.
    expect(await ingest.submit(aSubmission(aPing(0)))).toEqual({ status: 200 });
    expect(ingest.counts()).toMatchObject({ accepted: 52 });
    await ingest.close();

    for (const suffix of ["", "-wal", "-shm"])
      await rm(indexPath(dataDir) + suffix, { force: true });
    const rebuilt = await openTestIngest(dataDir);
    await rebuilt.settled();
    expect(await storedIds(rebuilt)).toEqual([...days(7), aDocId(0)]);
    const { accounts, audit } = await readAccounts(dataDir, { audit: true });
    expect(isBalanced(accounts, audit)).toBe(true);
  });

  test("goes by type: what is kept for longer stays, and nothing of the rest can be read", async () => {
    const { dataDir, ingest, kept } = await tenDays();
    await ingest.expire(kept("3,heartbeat=30"));

    expect(await storedIds(ingest)).toEqual([survey.id, ...days(7)]);
    expect(await everyByteOf(segmentsFolder(dataDir))).not.toContain(aDocId(3));
    await expectBalanced(dataDir);
    await ingest.expire(kept("30,event=2"));
    expect(await storedIds(ingest)).toEqual([survey.id, ...days(8)]);
    await expectBalanced(dataDir);
  });

  test("goes after a kill too: a segment that is still there is not counted twice", async () => {
    const { dataDir, ingest, kept, segments } = await tenDays();
    const [first = ""] = (await segments()).sort();
    const path = join(segmentsFolder(dataDir), first);
    await copyFile(path, `${path}.before`);
    await ingest.expire(kept("3"));
    await copyFile(`${path}.before`, path);
    await expectBalanced(dataDir);

    expect(await ingest.expire(kept("3"))).toEqual({ pings: 0, segments: 1 });
    expect(await segments()).not.toContain(first);
    await expectBalanced(dataDir);
  });

  test("goes from the archive, which a later run does not bring back", async () => {
    const { dataDir, ingest, kept } = await tenDays();
    await archivePings({ dataDir });
    await ingest.expire(kept("3,heartbeat=30"));
    expect(await expireArchived(dataDir, kept("3,heartbeat=30"))).toBe(7);

    const partitions = await listPartitions(dataDir);
    expect(partitions.map(({ date, type }) => `${date} ${type}`)).toEqual([
      "2026-11-22 heartbeat",
      "2026-11-29 event",
      "2026-11-30 event",
      "2026-12-01 event",
    ]);
    expect(await archivePings({ dataDir })).toEqual([]);
  });
});
