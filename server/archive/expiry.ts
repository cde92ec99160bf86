import { readdir, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type KeptFrom, keptFromOf } from "../ingest/expiry.ts";
import { dayMs } from "../ingest/index-reading.ts";
import { holdArchive } from "./hold.ts";
import { listPartitions, partitionFolder } from "./partitions.ts";

/**
 * Takes days out of the archive that are older than they are kept.
 *
 * @returns how many days of a type went
 * @throws ServerError `archive/locked` where something is to go and another process writes there
 */
export async function expireArchived(dataDir: string, kept: KeptFrom): Promise<number> {
  const due = (await listPartitions(dataDir)).filter(
    ({ date, type }) => Date.parse(date) + dayMs <= keptFromOf(kept, type),
  );
  if (due.length === 0) return 0;
  return await holdArchive(dataDir, async () => {
    for (const partition of due) {
      const folder = partitionFolder(dataDir, partition);
      await rm(folder, { recursive: true });
      const day = dirname(folder);
      if ((await readdir(day)).length === 0) await rmdir(day);
    }
    return due.length;
  });
}
