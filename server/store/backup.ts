import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storeFile } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { makeFolders, writeAtomicallyBy } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

const addonsFolder = "extensions";

/**
 * Copies the store of record and the add-ons that it names from one folder to another. The database is
 * copied as it is at one moment, whatever is written meanwhile; add-ons never change, so only those
 * that are missing are copied.
 *
 * @returns how many add-ons were copied
 * @throws ServerError `data/damaged` where the copy is not whole; then nothing is put in place
 */
export async function copyStore(
  from: string,
  to: string,
  prepare?: (file: string) => Promise<void>,
): Promise<number> {
  await makeFolders(to);
  let copied = 0;
  const present = await namesIn(join(to, addonsFolder));
  await writeAtomicallyBy(join(to, storeFile), async (temporary) => {
    copyDatabase(join(from, storeFile), temporary);
    // Their bytes are there before a row names them: after the copy none is missing.
    for (const name of await namesIn(join(from, addonsFolder))) {
      if (!name.endsWith(".xpi") || present.includes(name)) continue;
      await writeAtomicallyBy(join(to, addonsFolder, name), (file) =>
        copyFile(join(from, addonsFolder, name), file),
      );
      copied += 1;
    }
    await prepare?.(temporary);
  });
  return copied;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await ifThere(readdir(folder))) ?? [];
}

function copyDatabase(from: string, to: string): void {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
  try {
    source.prepare("vacuum into ?").run(to);
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to, { readOnly: true });
  try {
    const said = copy.prepare("pragma integrity_check").get()?.["integrity_check"];
    if (said !== "ok")
      throw new ServerError("data/damaged", `the copy of ${from} is not whole: ${String(said)}`);
  } finally {
    copy.close();
  }
}
