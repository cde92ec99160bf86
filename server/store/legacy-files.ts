import { chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isSystemError, ServerError } from "../errors.ts";
import { syncFolder, writeAtomically } from "./atomic.ts";
import { ifThere } from "./if-there.ts";
import { keyFolder } from "./key-files.ts";

/** What signs for Normandy's own clients, as text; it lies in `DIR/keys/legacy/`. */
export interface LegacyFiles {
  /** The signing key with its chain of certificates: one file, so that the two always belong together. */
  readonly signing: string;
  /** Private keys of the authorities, where they have not been taken offline yet. */
  readonly intermediate: string | undefined;
  readonly root: string | undefined;
}

/** A chain of certificates as it is served. */
export interface NamedChain {
  /** Lower-case hex SHA-256 of the PEM. */
  readonly name: string;
  readonly pem: string;
}

const hash = /^[0-9a-f]{64}$/u;

/** Where the keys for Normandy's own clients lie. */
export function legacyFolder(dataDir: string): string {
  return join(keyFolder(dataDir), "legacy");
}

/** @returns `undefined` where the data folder has none: then nothing is signed for those clients */
export async function readLegacyFiles(dataDir: string): Promise<LegacyFiles | undefined> {
  const read = (name: string): Promise<string | undefined> =>
    ifThere(readFile(join(legacyFolder(dataDir), `${name}.json`), "utf8"));
  const signing = await read("signing");
  if (signing === undefined) return undefined;
  return { signing, intermediate: await read("intermediate"), root: await read("root") };
}

/**
 * Puts the first set in place, all of it at once.
 *
 * @throws ServerError `keys/exist` when there is one already
 */
export async function writeLegacyFiles(
  dataDir: string,
  files: LegacyFiles,
  chain: NamedChain,
): Promise<void> {
  const folder = legacyFolder(dataDir);
  const taken = (cause?: unknown): ServerError =>
    new ServerError(
      "keys/exist",
      `${folder} holds keys already; a new root would cut off every client that pins the old one`,
      { cause },
    );
  if ((await readLegacyFiles(dataDir)) !== undefined) throw taken();
  await mkdir(keyFolder(dataDir), { recursive: true, mode: 0o700 });
  const temporary = join(keyFolder(dataDir), `.legacy-${randomUUID()}.tmp`);
  await mkdir(temporary, { mode: 0o700 });
  // The umask may have left more than the mode asks for.
  await chmod(temporary, 0o700);
  try {
    for (const what of ["root", "intermediate", "signing"] as const)
      await writeAtomically(join(temporary, `${what}.json`), files[what] ?? "", { mode: 0o600 });
    await writeAtomically(join(temporary, "chains", `${chain.name}.pem`), chain.pem);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (isSystemError(error, "ENOTEMPTY", "EEXIST")) throw taken(error);
    throw error;
  }
  await syncFolder(keyFolder(dataDir));
}

/** Replaces the signing key and its chain. The chain is served before anything names it. */
export async function writeSigning(
  dataDir: string,
  signing: string,
  chain: NamedChain,
): Promise<void> {
  const folder = legacyFolder(dataDir);
  await writeAtomically(join(folder, "chains", `${chain.name}.pem`), chain.pem);
  await writeAtomically(join(folder, "signing.json"), signing, { mode: 0o600 });
}

/** A chain by its name, also one that is not in use any more: what was signed under it may be in a cache. */
export async function readChain(dataDir: string, name: string): Promise<string | undefined> {
  // Only a hash becomes part of a path.
  if (!hash.test(name)) return undefined;
  return ifThere(readFile(join(legacyFolder(dataDir), "chains", `${name}.pem`), "utf8"));
}
