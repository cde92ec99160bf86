import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isBalanced, readAccounts, readErrorLog } from "#server/ingest/accounts.ts";
import { segmentsFolder } from "#server/ingest/segment.ts";
import {
  aDocId,
  aFolder,
  anEnrollEvent,
  aPing,
  aRequest,
  aSubmission,
  collect,
  openTestIngest,
  startMs,
  storedIds,
  urlOf,
} from "./support.ts";

// A server whose tables were too narrow, and the next one, whose tables are not.

const narrow = { mode: "production", limits: { jsonKeys: 5, segmentBytes: 4_000 } } as const;
const wide = { mode: "production" } as const;

/** Takes in pings that are all refused, and goes. */
async function refuseAll(
  folder: string,
  requests: readonly ReturnType<typeof aRequest>[],
): Promise<void> {
  const ingest = await openTestIngest(folder, narrow);
  for (const request of requests) expect(await ingest.submit(request)).toEqual({ status: 200 });
  await ingest.settled();
  expect(ingest.counts()).toMatchObject({ accepted: 0, error: requests.length });
  await ingest.close();
}

describe("replaying what was refused", () => {
  test("moves what passes now to the accepted, once, as of the time at which it came", async () => {
    const folder = await aFolder();
    await refuseAll(folder, [aSubmission(aPing(1)), aSubmission(aPing(2)), aSubmission(aPing(1))]);

    const nextDay = { nowMs: () => startMs + 86_400_000, delay: () => Promise.resolve() };
    const ingest = await openTestIngest(folder, { ...wide, clock: nextDay });
    expect(await ingest.replay()).toEqual({ tried: 3, accepted: 2, duplicate: 1, error: 0 });
    expect(ingest.counts()).toEqual({ received: 3, accepted: 2, duplicate: 1, error: 0 });
    expect(ingest.errors()).toEqual([]);
    const stored = await collect(ingest.pings());
    expect(stored.map(({ ping }) => ping)).toEqual([aPing(1), aPing(2)]);
    expect(new Set(stored.map(({ receivedAt }) => receivedAt))).toEqual(
      new Set([new Date(startMs).toISOString()]),
    );

    expect(await ingest.replay()).toEqual({ tried: 0, accepted: 0, duplicate: 0, error: 0 });
    await ingest.close();
    const again = await openTestIngest(folder, wide);
    expect(again.counts()).toEqual({ received: 3, accepted: 2, duplicate: 1, error: 0 });
    expect(await storedIds(again)).toEqual([aDocId(1), aDocId(2)]);
  });

  test("keeps what is refused again, with what it is refused for now", async () => {
    const folder = await aFolder();
    const stranger = { ...aPing(1), hostname: "kitchen-laptop" };
    await refuseAll(folder, [
      aRequest(JSON.stringify(stranger), { url: urlOf(aDocId(1)) }),
      aRequest("poison", { url: urlOf(aDocId(2)) }),
    ]);
    const ingest = await openTestIngest(folder, wide);
    expect(await ingest.replay()).toEqual({ tried: 2, accepted: 0, duplicate: 0, error: 2 });
    expect(ingest.errors().map(({ code, at }) => [code, at])).toEqual([
      ["ping/unknown-field", "/hostname"],
      ["ping/not-json", ""],
    ]);
    expect(ingest.counts()).toEqual({ received: 2, accepted: 0, duplicate: 0, error: 2 });
  });

  test("keeps another ping under an id that is taken, whichever was accepted first", async () => {
    const folder = await aFolder();
    await refuseAll(folder, [aSubmission(aPing(1, [anEnrollEvent("first")]))]);
    const ingest = await openTestIngest(folder, wide);
    await ingest.submit(aSubmission(aPing(1, [anEnrollEvent("second")])));
    expect(await ingest.replay()).toEqual({ tried: 1, accepted: 0, duplicate: 0, error: 1 });
    expect(ingest.errors()).toMatchObject([{ code: "ping/id-reused" }]);
    expect((await collect(ingest.events())).map(({ value }) => value)).toEqual(["second"]);
  });

  test("leaves alone what was refused with another code", async () => {
    const folder = await aFolder();
    await refuseAll(folder, [
      aSubmission(aPing(1)),
      aRequest("poison", { url: urlOf(aDocId(2)) }),
      aSubmission(aPing(3)),
    ]);
    const ingest = await openTestIngest(folder, wide);
    expect(await ingest.replay("ping/not-json")).toMatchObject({ tried: 1, error: 1 });
    expect(await storedIds(ingest)).toEqual([]);
    expect(await ingest.replay("ping/too-many-keys")).toMatchObject({ tried: 2, accepted: 2 });
    expect(await storedIds(ingest)).toEqual([aDocId(1), aDocId(3)]);
  });

  test("goes through more than one slice, and through segments", async () => {
    const folder = await aFolder();
    const pings = Array.from({ length: 150 }, (_, number) => aPing(number));
    await refuseAll(folder, pings.map(aSubmission));
    const ingest = await openTestIngest(folder, wide);
    expect(await ingest.replay()).toMatchObject({ tried: 150, accepted: 150 });
    expect(await storedIds(ingest)).toEqual(pings.map(({ id }) => id));
  });
});

describe("the books of a data folder", () => {
  test("agree with what its files hold, and are read beside the server", async () => {
    const folder = await aFolder();
    const ingest = await openTestIngest(folder, wide);
    await ingest.submit(aSubmission(aPing(1)));
    await ingest.submit(aSubmission(aPing(1)));
    await ingest.submit(aRequest("poison", { url: urlOf(aDocId(2)) }));
    await ingest.settled();

    const { accounts, audit } = await readAccounts(folder, { audit: true });
    const counts = { received: 3, accepted: 1, duplicate: 1, error: 1 };
    expect(accounts).toEqual({ ...counts, damagedRegions: 0 });
    expect(audit).toEqual({ records: 3, pings: 1 });
    expect(isBalanced(accounts, audit)).toBe(true);
    expect([...readErrorLog(folder)]).toMatchObject([{ code: "ping/not-json", docId: aDocId(2) }]);
    expect([...readErrorLog(folder, { code: "ping/too-deep" })]).toEqual([]);
    expect([...readErrorLog(folder, { sinceMs: startMs })]).toHaveLength(1);
    expect([...readErrorLog(folder, { sinceMs: startMs + 1 })]).toEqual([]);
  });

  test("do not agree when something acknowledged is gone from the segments", async () => {
    const folder = await aFolder();
    const ingest = await openTestIngest(folder, wide);
    await ingest.submit(aSubmission(aPing(1)));
    await ingest.submit(aSubmission(aPing(2)));
    await ingest.settled();
    await ingest.close();
    const [name = ""] = await readdir(segmentsFolder(folder));
    await truncate(join(segmentsFolder(folder), name), 400);

    const { accounts, audit } = await readAccounts(folder, { audit: true });
    expect(isBalanced(accounts)).toBe(true);
    expect(isBalanced(accounts, audit)).toBe(false);
  });

  test("of a folder that has taken nothing in are empty", async () => {
    const { accounts, audit } = await readAccounts(await aFolder(), { audit: true });
    expect({ ...accounts, ...audit }).toEqual({
      ...{ received: 0, accepted: 0, duplicate: 0, error: 0 },
      ...{ damagedRegions: 0, records: 0, pings: 0 },
    });
    expect(isBalanced(accounts, audit)).toBe(true);
  });
});
