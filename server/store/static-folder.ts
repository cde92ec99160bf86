import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

/** A folder that a static file server hands out; paths are relative, with `/`. Each write is all or nothing. */
export interface StaticFolder {
  /** @returns `undefined` where nothing lies */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
}

/** Opens a folder, which is made with the first write where it is not there. */
export function openStaticFolder(folder: string): StaticFolder {
  return {
    read: (path) => ifThere(readFile(join(folder, path))),
    write: async (path, bytes) => {
      const target = join(folder, path);
      const before = await ifThere(stat(target));
      await writeAtomically(target, bytes, {
        // File servers make an ETag of size and whole seconds: two sets of one size and second would
        // have the same, and whoever holds the first would never be given the second.
        ...(before && { notBeforeMs: (Math.floor(before.mtimeMs / 1_000) + 1) * 1_000 }),
      });
    },
  };
}

/** What a server hands out of a data folder, under the paths at which it does. */
export function openServedFiles(dataDir: string): Pick<StaticFolder, "read"> {
  const addons = openStaticFolder(dataDir);
  const signed = openStaticFolder(join(dataDir, "public"));
  return {
    read: (path) => (path.startsWith("extensions/") ? addons.read(path) : signed.read(path)),
  };
}
