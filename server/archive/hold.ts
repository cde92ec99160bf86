import { join } from "node:path";
import { ServerError } from "../errors.ts";
import { holdAlone } from "../store/exclusive.ts";
import { makePrivateFolder } from "../store/private-files.ts";
import { sweep } from "../store/sweep.ts";
import { archiveFolder } from "./partitions.ts";

/**
 * Runs work that changes the archive, alone; takes away first what a kill left half written there.
 *
 * @throws ServerError `archive/locked`
 */
export async function holdArchive<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const folder = archiveFolder(dataDir);
  makePrivateFolder(folder);
  const lockFile = join(folder, ".writer.lock");
  const unlock = holdAlone(
    lockFile,
    (cause) => new ServerError("archive/locked", `another process writes to ${folder}`, { cause }),
  );
  try {
    await sweep(folder);
    return await work();
  } finally {
    unlock();
  }
}
