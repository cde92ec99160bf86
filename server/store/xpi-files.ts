import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./atomic.ts";
import { ifThere } from "./if-there.ts";

/** The bytes of uploaded add-ons, each under the lower-case hex of its SHA-256. */
export interface XpiFiles {
  read(sha256: string): Promise<Uint8Array | undefined>;
  write(sha256: string, bytes: Uint8Array): Promise<void>;
}

const hash = /^[0-9a-f]{64}$/u;

/** Add-ons in `DIR/extensions`. */
export function openXpiFiles(dataDir: string): XpiFiles {
  const pathOf = (sha256: string): string => join(dataDir, "extensions", `${sha256}.xpi`);
  return {
    read: async (sha256) => {
      // Only a hash becomes part of a path.
      if (!hash.test(sha256)) return undefined;
      return ifThere(readFile(pathOf(sha256)));
    },
    write: (sha256, bytes) => writeAtomically(pathOf(sha256), bytes),
  };
}
