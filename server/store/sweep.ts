import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { temporaryName } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

/** Takes away what a writer that was killed has left half written, anywhere below a folder of its own. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names) if (name.endsWith(".tmp")) await rm(join(folder, name));
}

/** A file that is being written is younger, in milliseconds. */
const abandonedMs = 3_600_000;

/**
 * The same in a folder that others use, too, perhaps at this moment: only what bears a name as
 * `writeAtomically` gives them, and has borne it for an hour.
 *
 * @param nowMs - milliseconds since 1970
 */
export async function sweepAbandoned(folder: string, nowMs: number): Promise<void> {
  const names = (await ifThere(readdir(folder, { recursive: true }))) ?? [];
  for (const name of names) {
    if (!temporaryName.test(basename(name))) continue;
    const file = join(folder, name);
    const about = await ifThere(stat(file));
    if (about?.isFile() === true && nowMs - about.mtimeMs >= abandonedMs)
      await rm(file, { force: true });
  }
}
