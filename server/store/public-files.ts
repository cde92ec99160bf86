import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

/** The folder that any static file server could hand out as it is; each write is all or nothing. */
export interface PublicFiles {
  body(sha256: string): Promise<Uint8Array | undefined>;
  writeBody(sha256: string, text: string): Promise<void>;
  bundle(): Promise<string | undefined>;
  writeBundle(text: string): Promise<void>;
  root(version: number): Promise<string | undefined>;
  writeRoot(version: number, text: string): Promise<void>;
  halt(): Promise<string | undefined>;
  writeHalt(text: string): Promise<void>;
  /** Changes whenever another bundle, another halt or one more root lies there. */
  mark(): Promise<string>;
}

/** The public folder of a data folder: `DIR/public`. */
export function openPublicFiles(dataDir: string): PublicFiles {
  const base = join(dataDir, "public", "v2");
  const bundlePath = join(base, "bundle.json");
  const haltPath = join(base, "halt.jws");
  const rootFolder = join(base, "root");
  const bodyPath = (sha256: string): string => join(base, "r", sha256);
  const rootPath = (version: number): string => join(rootFolder, `${String(version)}.json`);
  return {
    body: (sha256) => ifThere(readFile(bodyPath(sha256))),
    writeBody: (sha256, text) => writeAtomically(bodyPath(sha256), text),
    bundle: () => ifThere(readFile(bundlePath, "utf8")),
    writeBundle: (text) => writeAtomically(bundlePath, text),
    root: (version) => ifThere(readFile(rootPath(version), "utf8")),
    writeRoot: (version, text) => writeAtomically(rootPath(version), text),
    halt: () => ifThere(readFile(haltPath, "utf8")),
    writeHalt: (text) => writeAtomically(haltPath, text),
    mark: async () => (await Promise.all([bundlePath, haltPath, rootFolder].map(markOf))).join(" "),
  };
}

/** Every write makes a new file, so its number tells two writes of one instant apart. */
async function markOf(path: string): Promise<string> {
  const found = await ifThere(stat(path, { bigint: true }));
  return found === undefined
    ? "none"
    : `${String(found.ino)}.${String(found.mtimeNs)}.${String(found.size)}`;
}
