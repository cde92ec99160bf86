import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { startThread } from "#server/ingest/remote-backroom.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aSubmission,
  collect,
  openTestIngest,
  startMs,
  storedIds,
} from "./support.ts";

/** An ingestion in production whose thread can be ended, and is begun anew only when the clock lets it. */
async function anIngest() {
  const threads: Worker[] = [];
  let letGo: () => void = () => undefined;
  const rest = new Promise<void>((resolve) => (letGo = resolve));
  const ingest = await openTestIngest(await aFolder(), {
    mode: "production",
    clock: { nowMs: () => startMs, delay: () => rest },
    limits: { segmentBytes: 1_000, undecodedBytes: 3_000 },
    start: (data) => {
      const thread = startThread(data);
      threads.push(thread);
      return thread;
    },
  });
  return { ingest, threads, letGo };
}

test("a thread that ends is said, pings are taken until too many wait, and another thread decodes them", async () => {
  const { ingest, threads, letGo } = await anIngest();
  expect(await ingest.submit(aSubmission(aPing(1)))).toEqual({ status: 200 });
  await ingest.settled();
  await threads[0]?.terminate();
  await expect(ingest.settled()).rejects.toMatchObject({ code: "ingest/backroom-ended" });
  expect(ingest.problems).toMatchObject([{ code: "ingest/backroom-ended" }]);

  let taken = 1;
  let answer = await ingest.submit(aSubmission(aPing(2)));
  for (
    ;
    answer.status === 200 && taken < 100;
    answer = await ingest.submit(aSubmission(aPing(taken + 1)))
  )
    taken += 1;
  expect(taken).toBeGreaterThan(3);
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
  expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: "submit/behind" });

  letGo();
  const settled = () =>
    ingest.settled().then(
      () => true,
      () => false,
    );
  await expect.poll(settled, { timeout: 60_000 }).toBe(true);
  expect(threads).toHaveLength(2);
  expect(await ingest.submit(aSubmission(aPing(taken + 1)))).toEqual({ status: 200 });
  await ingest.settled();
  expect(await storedIds(ingest)).toEqual(
    Array.from({ length: taken + 1 }, (_, index) => aDocId(index + 1)),
  );
  const count = taken + 1;
  expect(ingest.counts()).toEqual({ received: count, accepted: count, duplicate: 0, error: 0 });
});

test("what was asked of a thread that ends is refused, not forgotten", async () => {
  const { ingest, threads } = await anIngest();
  await ingest.submit(aSubmission(aPing(1)));
  const asked = [ingest.replay(), ingest.deletions.areDue(startMs)];
  const ended = threads[0]?.terminate();
  for (const one of asked)
    await expect(one).rejects.toMatchObject({ code: "ingest/backroom-ended" });
  await ended;
});

test("a store whose thread cannot open it is not opened, and lets go of its folder", async () => {
  const dataDir = await aFolder();
  const start: typeof startThread = (data) => startThread({ ...data, dataDir: "/dev/null/no" });
  await expect(openTestIngest(dataDir, { mode: "production", start })).rejects.toThrow();
  const ingest = await openTestIngest(dataDir, { mode: "production" });
  expect(await collect(ingest.pings())).toEqual([]);
});
