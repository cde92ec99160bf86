import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../errors.ts";
import { writeAtomically } from "./atomic.ts";

/** The folder that any static file server could hand out as it is; each write is all or nothing. */
export interface PublicFiles {
  hasBody(sha256: string): Promise<boolean>;
  body(sha256: string): Promise<Uint8Array | undefined>;
  writeBody(sha256: string, text: string): Promise<void>;
  bundle(): Promise<string | undefined>;
  writeBundle(text: string): Promise<void>;
  /** Changes whenever another bundle lies there; `undefined` while none does. */
  bundleMark(): Promise<string | undefined>;
  root(version: number): Promise<string | undefined>;
  writeRoot(version: number, text: string): Promise<void>;
}

/** The public folder of a data folder: `DIR/public`. */
export function openPublicFiles(dataDir: string): PublicFiles {
  const base = join(dataDir, "public", "v2");
  const bundlePath = join(base, "bundle.json");
  const bodyPath = (sha256: string): string => join(base, "r", sha256);
  const rootPath = (version: number): string => join(base, "root", `${String(version)}.json`);
  return {
    hasBody: async (sha256) => (await ifThere(stat(bodyPath(sha256)))) !== undefined,
    body: (sha256) => ifThere(readFile(bodyPath(sha256))),
    writeBody: (sha256, text) => writeAtomically(bodyPath(sha256), text),
    bundle: () => ifThere(readFile(bundlePath, "utf8")),
    writeBundle: (text) => writeAtomically(bundlePath, text),
    bundleMark: async () => {
      // Every write makes a new file, so its number tells two writes of one instant apart.
      const found = await ifThere(stat(bundlePath, { bigint: true }));
      return found && `${String(found.ino)}.${String(found.mtimeNs)}.${String(found.size)}`;
    },
    root: (version) => ifThere(readFile(rootPath(version), "utf8")),
    writeRoot: (version, text) => writeAtomically(rootPath(version), text),
  };
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
