import { TrustError } from "#core/trust-error.ts";
import { ServerError } from "../errors.ts";
import type { StaticFolder } from "../store/static-folder.ts";
import { bundlePath, haltPath, rootPath, verifyServed, type ServedSet } from "./served-set.ts";
import { versionOf } from "./stored.ts";

/** What an export needs of the world. */
export interface Exporting {
  /** What the server hands out, under the paths that it does so. */
  readonly source: Pick<StaticFolder, "read">;
  readonly target: StaticFolder;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Runs work alone among all that publish and export from this data folder. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What lies in the target after an export. */
export interface Exported {
  readonly ep: number;
  readonly n: number;
  readonly recipes: number;
  readonly roots: number;
  readonly addons: number;
  readonly halt: boolean;
  /** Files that were not there already as they are. */
  readonly written: number;
}

/**
 * Writes everything that clients fetch as files. Whoever reads the target at any moment, also after a
 * kill at any moment, finds a complete set: what the bundle names lies there before it, and nothing
 * that was there is taken away. The client's own verification reads the files before the bundle is
 * put in place, and all of them once more afterwards.
 *
 * @throws ServerError `export/unverifiable` when a client would refuse the set: the target's bundle
 *   stays what it was; `export/other-root`, `export/newer-set` when the target holds what must not be replaced
 */
export async function exportReadSide(exporting: Exporting): Promise<Exported> {
  const { source, target, nowMs, alone } = exporting;
  const bundle = await source.read(bundlePath);
  if (bundle === undefined)
    throw new ServerError(
      "data/damaged",
      "the public folder holds no bundle: nothing was exported",
    );
  const set = await believed(() => verifyServed(source.read, bundle, nowMs));
  await refuseOtherRoots(set, exporting);

  let written = 0;
  const put = async (path: string): Promise<void> => {
    if (await copy(path, exporting)) written += 1;
  };
  for (const path of [...set.addonPaths, ...set.bodyPaths, ...set.rootPaths]) await put(path);
  await alone(async () => {
    const before = await target.read(bundlePath);
    refuseOlder(set, before);
    await believed(() => verifyServed(target.read, bundle, nowMs));
    if (set.halt !== undefined) await putHalt(set, exporting, put);
    if (before !== undefined && isSame(before, bundle)) return;
    await target.write(bundlePath, bundle);
    written += 1;
    await checkWritten(exporting, before);
  });
  return {
    ep: set.manifest.ep,
    n: set.manifest.n,
    recipes: set.manifest.recipes.length,
    roots: set.rootPaths.length,
    addons: set.addonPaths.length,
    halt: set.halt !== undefined,
    written,
  };
}

/** @returns whether the file was not there already as it is */
async function copy(path: string, { source, target }: Exporting): Promise<boolean> {
  const bytes = await source.read(path);
  if (bytes === undefined)
    throw new ServerError("data/damaged", `${path} was there a moment ago: nothing was exported`);
  const there = await target.read(path);
  if (there !== undefined && isSame(there, bytes)) return false;
  await target.write(path, bytes);
  return true;
}

/** A root is for ever: another one under its number belongs to another server. */
async function refuseOtherRoots(set: ServedSet, { source, target }: Exporting): Promise<void> {
  for (const path of set.rootPaths) {
    const [ours, there] = [await source.read(path), await target.read(path)];
    if (ours === undefined || there === undefined || isSame(ours, there)) continue;
    throw new ServerError(
      "export/other-root",
      `the folder's ${path} is not this server's: name a folder of this server's own with --out`,
    );
  }
  const next = rootPath(set.rootPaths.length + 1);
  if ((await target.read(next)) === undefined) return;
  throw new ServerError(
    "export/newer-set",
    `the folder holds ${next}, which this server does not have: bring its data folder up to date`,
  );
}

function refuseOlder(set: ServedSet, before: Uint8Array | undefined): void {
  const there = before && versionOf(new TextDecoder().decode(before));
  if (there === undefined) return;
  const { ep, n } = set.manifest;
  if (there.ep < ep || (there.ep === ep && there.n <= n)) return;
  throw new ServerError(
    "export/newer-set",
    `the folder holds manifest ${String(there.ep)}.${String(there.n)} and this server has ${String(ep)}.${String(n)}, which clients that saw the other would refuse`,
  );
}

/** Like a manifest, a halt never goes back. */
async function putHalt(
  set: ServedSet,
  { target }: Exporting,
  put: (path: string) => Promise<void>,
): Promise<void> {
  const there = await target.read(haltPath);
  const older = there && (await set.readHalt(there));
  if (older !== undefined && older.hn > (set.halt?.hn ?? 0))
    throw new ServerError(
      "export/newer-set",
      `the folder holds halt ${String(older.hn)}, later than this server's: bring its data folder up to date`,
    );
  await put(haltPath);
}

/** What a disk gave back is another thing than what was handed to it. */
async function checkWritten(
  { target, nowMs }: Exporting,
  before: Uint8Array | undefined,
): Promise<void> {
  try {
    const after = await target.read(bundlePath);
    await believed(() => verifyServed(target.read, after ?? new Uint8Array(), nowMs));
  } catch (error) {
    if (before !== undefined) await target.write(bundlePath, before);
    throw error;
  }
}

async function believed<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError(
      "export/unverifiable",
      `a client would refuse this set (${cause.code}: ${cause.message}); the folder's bundle is what it was`,
      { cause },
    );
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
