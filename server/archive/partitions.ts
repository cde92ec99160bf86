import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifThere } from "../store/if-there.ts";

// archive/submission_date=2026-11-22/type=event/part-00001.parquet: Hive's layout, which readers of
// Parquet know. Nothing but the files themselves says what is archived.

/** The pings of one type that were received on one day. */
export interface Partition {
  /** `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly type: string;
}

export function archiveFolder(dataDir: string): string {
  return join(dataDir, "archive");
}

export function partitionFolder(dataDir: string, { date, type }: Partition): string {
  return join(archiveFolder(dataDir), `submission_date=${date}`, `type=${type}`);
}

/** Files of a partition, first written first; none where there is no such folder. */
export async function listParts(dataDir: string, partition: Partition): Promise<readonly string[]> {
  const folder = partitionFolder(dataDir, partition);
  const names = (await ifThere(readdir(folder))) ?? [];
  return names
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(folder, name));
}

/** Where the part after the last one of a partition goes. */
export function nextPart(dataDir: string, partition: Partition, parts: readonly string[]): string {
  const last = Number(/part-(\d+)\.parquet$/u.exec(parts.at(-1) ?? "")?.[1] ?? 0);
  const name = `part-${String(last + 1).padStart(5, "0")}.parquet`;
  return join(partitionFolder(dataDir, partition), name);
}

/** Every partition that is there, earliest day first. */
export async function listPartitions(dataDir: string): Promise<readonly Partition[]> {
  const names = (await ifThere(readdir(archiveFolder(dataDir), { recursive: true }))) ?? [];
  return names.sort().flatMap((name) => {
    const [, date, type] = /^submission_date=([\d-]+)[\\/]type=([\w-]+)$/u.exec(name) ?? [];
    return date === undefined || type === undefined ? [] : [{ date, type }];
  });
}
