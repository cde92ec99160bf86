import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFailed, test } from "vitest";
import { allParts, askDuckDb } from "#kit/archive.ts";
import { killed, startChild } from "#kit/children.ts";
import { randomOf } from "#kit/filters.ts";
import { temporaryFolder, untilPrinted } from "#kit/server.ts";
import { sized } from "#kit/size.ts";
import { archivePings } from "#server/archive/writer.ts";
import { openTestIngest, storedIds } from "../unit/server/ingest/support.ts";

const script = fileURLToPath(new URL("./archive-child.ts", import.meta.url));
const rounds = sized("ARCHIVE_KILL_ROUNDS", { quick: 3, whole: 20 });
const seed = Number(process.env["ARCHIVE_KILL_SEED"] ?? Date.now() % 100_000);

test(
  `no ping is lost from the archive or doubled in it by ${String(rounds)} kills`,
  async () => {
    onTestFailed(() => {
      console.log(`ARCHIVE_KILL_SEED=${String(seed)}`);
    });
    const random = randomOf(seed);
    await using folder = await temporaryFolder();
    const dataDir = folder.path;
    for (let round = 0; round < rounds; round += 1) {
      const child = startChild(script, dataDir, String(round * 100_000));
      await untilPrinted(child, /archived\n/u);
      await delay(random() * 150);
      await killed(child);
      // What any reader finds right after the kill: whole files, and nothing twice.
      const [found] = await askDuckDb(
        `SELECT count(*) = count(DISTINCT document_id) AS once, count(*)::INTEGER AS pings FROM ${allParts(dataDir)}`,
      );
      expect(found).toMatchObject({ once: true });
    }

    const ingest = await openTestIngest(dataDir);
    await ingest.settled();
    const stored = await storedIds(ingest);
    await archivePings({ dataDir });
    const archived = await askDuckDb(`SELECT document_id AS id FROM ${allParts(dataDir)}`);
    expect(stored.length).toBeGreaterThan(rounds * 3);
    expect(archived.map((row) => (row as { readonly id: string }).id).sort()).toEqual(
      stored.toSorted(),
    );
  },
  60_000 + rounds * 10_000,
);
