import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Takes away what a writer that was killed has left half written, anywhere below a folder of its own. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names) if (name.endsWith(".tmp")) await rm(join(folder, name));
}
