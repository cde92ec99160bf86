import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

/** The earliest time that zip files know: the same folder gives the same bytes on every machine. */
const epoch = new Date(Date.UTC(1980, 0, 1, 12));

/**
 * Packs a folder as Firefox wants an extension packed.
 *
 * @param changes - files to put in the place of the folder's own, by path; `null` leaves one out
 * @returns the same bytes for the same content
 */
export async function packXpi(
  folder: string,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<Uint8Array> {
  configure({ useWebWorkers: false });
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join("/");
    files.set(name, new Uint8Array(await readFile(file)));
  }
  for (const [name, text] of Object.entries(changes)) {
    if (text === null) files.delete(name);
    else files.set(name, new TextEncoder().encode(text));
  }
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    lastModDate: epoch,
    extendedTimestamp: false,
    dataDescriptor: false,
  });
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    await zip.add(name, new Uint8ArrayReader(bytes));
  return zip.close();
}
