import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { allParts, askDuckDb } from "#kit/archive.ts";
import { aHeartbeatPing } from "#kit/pings.ts";
import { columns } from "#server/archive/columns.ts";
import { sampleIdOf } from "#server/ingest/normalize.ts";
import { archiveFolder, listParts } from "#server/archive/partitions.ts";
import { archivePings, withArchive } from "#server/archive/writer.ts";
import { aDocId, aFolder, aPing, aSubmission, openTestIngest, startMs } from "../ingest/support.ts";

const dayMs = 86_400_000;
const today = { date: "2026-11-22", type: "event" };

/** A store whose clock goes on to the next day when it is told to. */
async function aStore() {
  const dataDir = await aFolder();
  let nowMs = startMs;
  const ingest = await openTestIngest(dataDir, {
    clock: { nowMs: () => nowMs, delay: () => Promise.resolve() },
  });
  return {
    dataDir,
    receive: async (...numbers: readonly number[]) => {
      for (const number of numbers) {
        const answer = await ingest.submit(aSubmission(aPing(number)));
        expect(answer.status).toBe(200);
      }
    },
    ingest,
    tomorrow: () => {
      nowMs += dayMs;
    },
  };
}

const idsIn = (dataDir: string) =>
  askDuckDb(`SELECT document_id FROM ${allParts(dataDir)} ORDER BY ALL`);
const ids = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ document_id: aDocId(number) }));

describe("the archive", () => {
  test("is read by DuckDB alone: pings by day of receipt and type, and every column", async () => {
    const { dataDir, receive, ingest, tomorrow } = await aStore();
    await receive(1, 2);
    tomorrow();
    await receive(3);
    await ingest.submit(aSubmission(aHeartbeatPing()));

    expect(await archivePings({ dataDir })).toEqual([
      { ...today, added: 2, pings: 2, files: 1 },
      { date: "2026-11-23", type: "event", added: 1, pings: 1, files: 1 },
      { date: "2026-11-23", type: "heartbeat", added: 1, pings: 1, files: 1 },
    ]);

    const perDay = `SELECT submission_date::VARCHAR AS day, type, count(*)::INTEGER AS pings
      FROM ${allParts(dataDir)} GROUP BY ALL ORDER BY ALL`;
    expect(await askDuckDb(perDay)).toEqual([
      { day: "2026-11-22", type: "event", pings: 2 },
      { day: "2026-11-23", type: "event", pings: 1 },
      { day: "2026-11-23", type: "heartbeat", pings: 1 },
    ]);
    const [row] = (await askDuckDb(
      `FROM ${allParts(dataDir)} WHERE document_id = '${aDocId(1)}'`,
    )) as readonly [Readonly<Record<string, unknown>>];
    const { application, environment, payload, ...facts } = row;
    const ping = aPing(1);
    expect(facts).toEqual({
      document_id: ping.id,
      client_id: ping.clientId,
      sample_id: sampleIdOf(ping.clientId),
      submitted_at: "2026-11-22 12:00:00",
      creation_date: ping.creationDate,
      app_name: "Firefox",
      app_version: "153.0",
      channel: "esr",
      build_id: "20261101000000",
      os: "Linux",
      os_version: "6.1.0",
      locale: "en-GB",
      country: null,
      normalized_channel: "esr",
      normalized_os: "Linux",
      normalized_os_version: "6.1.0",
      submission_date: "2026-11-22",
      type: "event",
    });
    expect(JSON.parse(String(application))).toEqual(ping.application);
    expect(JSON.parse(String(environment))).toEqual(ping.environment);
    expect(JSON.parse(String(payload))).toEqual(ping.payload);
    const scanned = await askDuckDb(
      `SELECT payload->>'$.reason' AS reason FROM ${allParts(dataDir)} WHERE type = 'event' LIMIT 1`,
    );
    expect(scanned).toEqual([{ reason: "periodic" }]);
    expect(Object.keys(row)).toEqual([...Object.keys(columns), "submission_date", "type"]);
  });

  test("holds a ping once, however often it is run, and one file for a day of many runs", async () => {
    const { dataDir, receive } = await aStore();
    for (const number of [1, 2, 3, 4, 5]) {
      await receive(number);
      expect(await archivePings({ dataDir })).toEqual([
        { ...today, added: 1, pings: number, files: 1 },
      ]);
      expect(await archivePings({ dataDir })).toEqual([]);
    }
    expect(await idsIn(dataDir)).toEqual(ids(1, 2, 3, 4, 5));
  });

  test("begins another file once one is large, and goes on with the last", async () => {
    const { dataDir, receive } = await aStore();
    await receive(1, 2, 3);
    const limits = { stageChars: 1, partBytes: 1 };
    expect(await archivePings({ dataDir, limits })).toMatchObject([{ added: 3, files: 3 }]);

    await receive(4);
    expect(await archivePings({ dataDir })).toMatchObject([{ added: 1, pings: 4, files: 3 }]);
    expect(await idsIn(dataDir)).toEqual(ids(1, 2, 3, 4));
  });

  test("is made whole again where a file was lost, and from what a killed writer left", async () => {
    const { dataDir, receive } = await aStore();
    await receive(1, 2, 3);
    await archivePings({ dataDir, limits: { stageChars: 1, partBytes: 1 } });
    const [first = "", second = ""] = await listParts(dataDir, today);
    await rm(second);
    await writeFile(`${first}.tmp`, "half of one");

    expect(await archivePings({ dataDir })).toMatchObject([{ added: 1, pings: 3 }]);
    expect(await idsIn(dataDir)).toEqual(ids(1, 2, 3));
    const names = await readdir(archiveFolder(dataDir), { recursive: true });
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("names a file that is damaged, and changes nothing", async () => {
    const { dataDir, receive } = await aStore();
    await receive(1);
    await archivePings({ dataDir });
    const [part = ""] = await listParts(dataDir, today);
    await writeFile(part, "no Parquet");

    await receive(2);
    await expect(archivePings({ dataDir })).rejects.toMatchObject({
      code: "archive/damaged",
      message: expect.stringContaining(part) as unknown,
    });
    await rm(part);
    expect(await archivePings({ dataDir })).toMatchObject([{ added: 2, pings: 2 }]);
  });

  test("has one writer at a time", async () => {
    const { dataDir } = await aStore();
    await withArchive(dataDir, async () => {
      await expect(archivePings({ dataDir })).rejects.toMatchObject({ code: "archive/locked" });
    });
    expect(await archivePings({ dataDir })).toEqual([]);
  });

  test("lies in a folder of any name, closed to everybody else", async () => {
    const folder = await aFolder();
    const dataDir = join(folder, "it's [a] *?");
    const ingest = await openTestIngest(dataDir);
    onTestFinished(() => ingest.close());
    await ingest.submit(aSubmission(aPing(1)));
    await archivePings({ dataDir });
    await ingest.submit(aSubmission(aPing(2)));
    expect(await archivePings({ dataDir })).toMatchObject([{ added: 1, pings: 2, files: 1 }]);

    const [part = ""] = await listParts(dataDir, today);
    expect((await stat(part)).mode & 0o077).toBe(0);
    expect((await stat(archiveFolder(dataDir))).mode & 0o077).toBe(0);
  });
});
