import {
  appendFile,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { indexPath } from "#server/ingest/ping-index.ts";
import { readPings } from "#server/ingest/reader.ts";
import { segmentHeaderBytes, segmentPath, segmentsFolder } from "#server/ingest/segment.ts";
import type { IngestProblem } from "#server/ingest/errors.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aRequest,
  aSubmission,
  collect,
  everyByteOf,
  openTestIngest,
  storedIds,
  urlOf,
} from "./support.ts";

/** A folder into which pings 1, 2, 3 and one error were taken, three pings with the sizes that their records end at. */
async function aUsedFolder(): Promise<{ folder: string; segment: string; ends: number[] }> {
  const folder = await aFolder();
  const ingest = await openTestIngest(folder);
  const segment = segmentPath(segmentsFolder(folder), 1);
  const ends = [];
  for (const number of [1, 2, 3]) {
    await ingest.submit(aSubmission(aPing(number)));
    ends.push((await stat(segment)).size);
  }
  await ingest.submit(aRequest("poison", { url: urlOf(aDocId(4)) }));
  await ingest.close();
  return { folder, segment, ends };
}

async function forgetIndex(folder: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) await rm(indexPath(folder) + suffix, { force: true });
}

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

const counts = { received: 4, accepted: 3, duplicate: 0, error: 1 };
const ids = [1, 2, 3].map(aDocId);

describe("opening a data folder again", () => {
  test("finds everything counted and stored as it was", async () => {
    const { folder } = await aUsedFolder();
    const ingest = await openTestIngest(folder);

    expect(ingest.counts()).toEqual(counts);
    expect(await storedIds(ingest)).toEqual(ids);
    expect(ingest.problems).toEqual([]);
  });

  test("makes the index anew from the segments when it is missing", async () => {
    const { folder } = await aUsedFolder();
    await forgetIndex(folder);
    const ingest = await openTestIngest(folder);
    await ingest.settled();

    expect(ingest.counts()).toEqual(counts);
    expect(await storedIds(ingest)).toEqual(ids);
    expect(ingest.errors()).toMatchObject([{ code: "ping/not-json", docId: aDocId(4) }]);
    await ingest.submit(aSubmission(aPing(2)));
    expect(ingest.counts().duplicate).toBe(1);
  });

  test("makes the index anew when it is no database", async () => {
    const { folder } = await aUsedFolder();
    await forgetIndex(folder);
    await writeFile(indexPath(folder), "this is not a database".repeat(500));
    const ingest = await openTestIngest(folder);
    await ingest.settled();

    expect(ingest.counts()).toEqual(counts);
  });

  test("goes on where the index is behind the segments", async () => {
    const { folder } = await aUsedFolder();
    const old = await readFile(indexPath(folder));
    const between = await openTestIngest(folder);
    await between.submit(aSubmission(aPing(5)));
    await between.submit(aSubmission(aPing(1)));
    await between.close();
    await forgetIndex(folder);
    await writeFile(indexPath(folder), old);

    const ingest = await openTestIngest(folder);
    await ingest.settled();
    expect(ingest.counts()).toEqual({ received: 6, accepted: 4, duplicate: 1, error: 1 });
    expect(ingest.problems).toEqual([]);
  });

  test.each([
    ["is gone", (path: string) => rm(path)],
    ["is shorter than the index says", (path: string) => truncate(path, segmentHeaderBytes)],
  ])("makes the index anew when the segment %s", async (_, change) => {
    const { folder, segment } = await aUsedFolder();
    await change(segment);
    const ingest = await openTestIngest(folder);
    await ingest.submit(aSubmission(aPing(1)));

    expect(ingest.counts()).toEqual({ received: 1, accepted: 1, duplicate: 0, error: 0 });
    expect(ingest.problems.map(({ code }) => code)).toContain("ingest/index-rebuilt");
  });
});

describe("segments of another log under the same names", () => {
  test("are not mistaken for those that the index speaks of", async () => {
    const { folder, segment } = await aUsedFolder();
    const { segment: foreign } = await aUsedFolder();
    await writeFile(segment, await readFile(foreign));
    const ingest = await openTestIngest(folder);
    await ingest.settled();

    expect(ingest.problems.map(({ code }) => code)).toEqual(["ingest/index-rebuilt"]);
    expect(ingest.counts()).toEqual(counts);
    expect(await storedIds(ingest)).toEqual(ids);
  });
});

describe("a torn tail", () => {
  test.each([1, 8, 19, 20, 21, 200])(
    "of %i bytes is cut off and writing goes on",
    async (bytes) => {
      const { folder, segment } = await aUsedFolder();
      const { size } = await stat(segment);
      const file = await open(segment, "r");
      const torn = Buffer.alloc(bytes);
      await file.read(torn, 0, bytes, segmentHeaderBytes);
      await file.close();
      await appendFile(segment, torn);
      const ingest = await openTestIngest(folder);

      expect((await stat(segment)).size).toBe(size);
      expect(ingest.problems.map(({ code }) => code)).toEqual(["ingest/torn-tail"]);
      await ingest.submit(aSubmission(aPing(5)));
      await ingest.settled();
      expect(await storedIds(ingest)).toEqual([...ids, aDocId(5)]);
      expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
    },
  );

  test.each([0, 7, segmentHeaderBytes - 1])(
    "that left %i bytes of a new segment's header loses nothing",
    async (bytes) => {
      const { folder } = await aUsedFolder();
      await writeFile(segmentPath(segmentsFolder(folder), 2), Buffer.alloc(bytes));
      const ingest = await openTestIngest(folder);
      await ingest.submit(aSubmission(aPing(5)));
      await ingest.settled();

      expect(await storedIds(ingest)).toEqual([...ids, aDocId(5)]);
      expect(await readdir(segmentsFolder(folder))).toHaveLength(3);
      expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
    },
  );
});

describe("damage in the middle of a segment", () => {
  test("costs the record that it hit, which is counted and told; the others are read", async () => {
    const { folder, segment, ends } = await aUsedFolder();
    const [first = 0, second = 0] = ends;
    await overwrite(segment, first + 100, Buffer.from([0, 0, 0]));
    await forgetIndex(folder);
    const ingest = await openTestIngest(folder);
    await ingest.settled();

    expect(await storedIds(ingest)).toEqual([aDocId(1), aDocId(3)]);
    expect(ingest.counts()).toEqual({ ...counts, received: 3, accepted: 2 });
    expect(ingest.damage()).toEqual({ regions: 1, bytes: second - first });
    expect(ingest.problems.map(({ code }) => code)).toEqual(["ingest/record-damaged"]);
    expect(ingest.errors()).toMatchObject([
      { code: "ingest/record-damaged", segment: 1, offset: first },
      { code: "ping/not-json" },
    ]);
  });

  test("of pings that were accepted before is told to whoever reads them", async () => {
    const { folder, segment, ends } = await aUsedFolder();
    await overwrite(segment, (ends[0] ?? 0) + 100, Buffer.from([0, 0, 0]));
    const problems: IngestProblem[] = [];
    const read = await collect(readPings(folder, {}, (problem) => problems.push(problem)));

    expect(read.map(({ ping }) => ping.id)).toEqual([aDocId(1), aDocId(3)]);
    expect(problems.map(({ code }) => code)).toEqual(["ingest/ping-unreadable"]);
    // Problems are logged, and an id of a document is for no log.
    expect(JSON.stringify(problems)).not.toContain(aDocId(2));
  });

  test("of a segment's header is told and costs no ping", async () => {
    const { folder, segment } = await aUsedFolder();
    await overwrite(segment, 10, Buffer.from([0, 0]));
    await forgetIndex(folder);
    const ingest = await openTestIngest(folder);
    await ingest.settled();
    expect(await storedIds(ingest)).toEqual(ids);
    expect(ingest.damage()).toEqual({ regions: 1, bytes: segmentHeaderBytes });

    await ingest.submit(aSubmission(aPing(5)));
    expect(await storedIds(ingest)).toEqual([...ids, aDocId(5)]);
  });
});

describe("what is kept of a request", () => {
  test("is its path, its encoding, its Date and its body, and no other header", async () => {
    const folder = await aFolder();
    const ingest = await openTestIngest(folder);
    const request = aSubmission(aPing());
    await ingest.submit({
      ...request,
      headers: {
        ...request.headers,
        "x-forwarded-for": "203.0.113.77",
        forwarded: "for=203.0.113.77",
        "x-real-ip": "203.0.113.77",
        "user-agent": "canary-agent/203.0.113.77",
        cookie: "canary-cookie",
        "content-type": "canary-type",
      },
    });
    await ingest.submit(
      aRequest("no json", { headers: { date: "canary-date 203.0.113.77", "x-a": "canary-a" } }),
    );
    await ingest.close();

    const bytes = await everyByteOf(folder);
    expect(bytes).toContain(aDocId(1));
    expect(bytes).toContain('"clientDateMs":1795348800000');
    expect(bytes).not.toMatch(/canary|203\.0\.113\.77/);
  });
});
