import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type StorePlace, storeFile } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { makeFolders, writeAtomicallyBy } from "./atomic.ts";
import { ifThere } from "./if-there.ts";
import { dumpPostgres, fillPostgres } from "./postgres-copy.ts";

const addonsFolder = "extensions";

/**
 * Copies the store of record and the add-ons that it names from one place to another. The database is
 * copied as it is at one moment, whatever is written meanwhile; add-ons never change, so only those
 * that are missing are copied.
 *
 * @param prepare - makes the copy ready before it is in place; told the file of an embedded store
 * @returns how many add-ons were copied
 * @throws ServerError `data/damaged` where the copy is not whole, `data/exists` where a PostgreSQL has
 *   rows already; then nothing is put in place
 */
export async function copyStore(
  from: StorePlace,
  to: StorePlace,
  prepare?: (file: string) => Promise<void>,
): Promise<number> {
  let copied = 0;
  const fill = async (file: string): Promise<void> => {
    await snapshot(from, file);
    // Their bytes are there before a row names them: after the copy none is missing.
    copied = await copyAddons(from.dataDir, to.dataDir);
    await prepare?.(file);
  };
  await makeFolders(to.dataDir);
  if (to.databaseUrl === undefined) {
    await writeAtomicallyBy(join(to.dataDir, storeFile), fill);
    return copied;
  }
  const folder = await mkdtemp(join(tmpdir(), "mulberry-restore-"));
  try {
    const file = join(folder, storeFile);
    await fill(file);
    await fillPostgres(to.databaseUrl, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return copied;
}

async function copyAddons(from: string, to: string): Promise<number> {
  const present = await namesIn(join(to, addonsFolder));
  const missing = (await namesIn(join(from, addonsFolder))).filter(
    (name) => name.endsWith(".xpi") && !present.includes(name),
  );
  for (const name of missing)
    await writeAtomicallyBy(join(to, addonsFolder, name), (file) =>
      copyFile(join(from, addonsFolder, name), file),
    );
  return missing.length;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await ifThere(readdir(folder))) ?? [];
}

async function snapshot({ dataDir, databaseUrl }: StorePlace, file: string): Promise<void> {
  if (databaseUrl === undefined) copyDatabase(join(dataDir, storeFile), file);
  else await dumpPostgres(databaseUrl, file);
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    const said = copy.prepare("pragma integrity_check").get()?.["integrity_check"];
    if (said !== "ok")
      throw new ServerError("data/damaged", `the copy in ${file} is not whole: ${String(said)}`);
  } finally {
    copy.close();
  }
}

function copyDatabase(from: string, to: string): void {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
  try {
    source.prepare("vacuum into ?").run(to);
  } finally {
    source.close();
  }
}
