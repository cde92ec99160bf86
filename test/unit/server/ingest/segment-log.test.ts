import { describe, expect, test } from "vitest";
import { IngestError } from "#server/ingest/errors.ts";
import { nodeFiles, type AppendFile, type Files } from "#server/ingest/files.ts";
import { aFolder, aPing, aSubmission, openTestIngest, storedIds } from "./support.ts";

interface Fault {
  write?: () => void;
  datasync?: () => void;
  truncate?: () => void;
  freeBytes?: number;
}

/** The machine's file system, with calls written down and faults on demand. */
function watchedFiles(): { files: Files; calls: string[]; fault: Fault } {
  const calls: string[] = [];
  const fault: Fault = {};
  const files: Files = {
    ...nodeFiles,
    async open(path, options) {
      const file = await nodeFiles.open(path, options);
      const watched: AppendFile = {
        async write(buffers, position) {
          calls.push("write");
          if (fault.write) {
            // Half of it arrives before the error, as on a disk that fills up.
            await file.write([Buffer.concat(buffers).subarray(0, 30)], position);
            fault.write();
          }
          await file.write(buffers, position);
        },
        async datasync() {
          calls.push("datasync");
          fault.datasync?.();
          await file.datasync();
        },
        async truncate(length) {
          fault.truncate?.();
          await file.truncate(length);
        },
        close: () => file.close(),
      };
      return watched;
    },
    async syncFolder(path) {
      calls.push("syncFolder");
      await nodeFiles.syncFolder(path);
    },
    freeBytes: async (path) => fault.freeBytes ?? (await nodeFiles.freeBytes(path)),
  };
  return { files, calls, fault };
}

function failWith(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: made up`), { code });
  };
}

describe("making submissions durable", () => {
  test("every answer comes after an fdatasync that covers its bytes", async () => {
    const { files, calls } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), { mode: "production", files });
    for (let number = 1; number <= 3; number += 1) {
      expect(await ingest.submit(aSubmission(aPing(number)))).toEqual({ status: 200 });
      calls.push("answer");
    }

    expect(calls).toEqual([
      ...["write", "datasync", "syncFolder"],
      ...["write", "datasync", "answer"],
      ...["write", "datasync", "answer"],
      ...["write", "datasync", "answer"],
    ]);
  });

  test("submissions that arrive together share one fdatasync", async () => {
    const { files, calls } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), { mode: "production", files });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, number) => ingest.submit(aSubmission(aPing(number)))),
    );

    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(calls.filter((call) => call === "datasync").length).toBeLessThan(20);
    await ingest.settled();
    expect(ingest.counts()).toMatchObject({ received: 200, accepted: 200 });
  });

  test("a full segment is followed by a new one whose name is made durable", async () => {
    const { files, calls } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), {
      files,
      limits: { segmentBytes: 1_000 },
    });
    for (let number = 1; number <= 9; number += 1) await ingest.submit(aSubmission(aPing(number)));

    expect(calls.filter((call) => call === "syncFolder").length).toBeGreaterThan(2);
    expect(await storedIds(ingest)).toHaveLength(9);
  });

  test.each(["ENOSPC", "EDQUOT"])(
    "%s is answered 507 and nothing of the failed write stays; with space again it goes on",
    async (code) => {
      const { files, fault } = watchedFiles();
      const folder = await aFolder();
      const ingest = await openTestIngest(folder, { files });
      await ingest.submit(aSubmission(aPing(1)));
      fault.write = failWith(code);
      const refused = await ingest.submit(aSubmission(aPing(2)));
      delete fault.write;
      expect(refused).toMatchObject({ status: 507, headers: { "retry-after": "60" } });

      expect(await ingest.submit(aSubmission(aPing(3)))).toEqual({ status: 200 });
      expect(await storedIds(ingest)).toEqual([aPing(1).id, aPing(3).id]);
      expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
    },
  );

  test("507 comes before the disk is full, while the reserve is untouched", async () => {
    const { files, fault, calls } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), {
      files,
      limits: { reserveBytes: 5_000 },
    });
    fault.freeBytes = 5_100;
    expect(await ingest.submit(aSubmission(aPing(1)))).toMatchObject({ status: 507 });
    expect(calls).toEqual([]);
    fault.freeBytes = 50_000;
    expect(await ingest.submit(aSubmission(aPing(1)))).toEqual({ status: 200 });
  });

  test("after an fdatasync that failed nothing is answered 200 that it did not cover", async () => {
    const { files, fault } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), { files });
    await ingest.submit(aSubmission(aPing(1)));
    fault.datasync = failWith("EIO");
    expect(await ingest.submit(aSubmission(aPing(2)))).toMatchObject({ status: 500 });
    delete fault.datasync;

    expect(await ingest.submit(aSubmission(aPing(3)))).toEqual({ status: 200 });
    expect(await storedIds(ingest)).toEqual([aPing(1).id, aPing(3).id]);
  });

  test("a segment that cannot be repaired is left, and what follows goes into a new one", async () => {
    const { files, fault } = watchedFiles();
    const ingest = await openTestIngest(await aFolder(), { files });
    await ingest.submit(aSubmission(aPing(1)));
    fault.write = failWith("EIO");
    fault.truncate = failWith("EIO");
    expect(await ingest.submit(aSubmission(aPing(2)))).toMatchObject({ status: 500 });
    delete fault.write;
    delete fault.truncate;

    expect(await ingest.submit(aSubmission(aPing(3)))).toEqual({ status: 200 });
    expect(await storedIds(ingest)).toEqual([aPing(1).id, aPing(3).id]);
    // The half that was written is found, told, and never mistaken for a ping.
    expect(ingest.damage().regions).toBe(1);
    expect(ingest.problems.map(({ code }) => code)).toContain("ingest/segment-abandoned");
  });

  test("a second process is kept out of the same folder", async () => {
    const folder = await aFolder();
    await openTestIngest(folder);
    const second = openTestIngest(folder);

    await expect(second).rejects.toThrow(IngestError);
    await expect(second).rejects.toMatchObject({ code: "ingest/locked" });
  });
});
