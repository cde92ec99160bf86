import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findFirefox } from "#tools/firefox-launcher.ts";

/** A Firefox that somebody administers: `await using` takes it away. */
export interface Administered extends AsyncDisposable {
  readonly binary: string;
  /** What `distribution/policies.json` says; read at every start. `null` takes the file away. */
  setPolicies(policies: Readonly<Record<string, unknown>> | null): Promise<void>;
}

/**
 * The installed Firefox once more, in a folder of links around a copy of its executable: a stock
 * build takes policies from the folder that it is installed in and from the system's, and from
 * nowhere else.
 */
export async function openAdministered(): Promise<Administered> {
  const found = await findFirefox();
  if (found === undefined) throw new Error("No Firefox found: set FIREFOX_BINARY to its path");
  const original = await realpath(found);
  const folder = await mkdtemp(path.join(tmpdir(), "mulberry-firefox-"));
  const binary = path.join(folder, path.basename(original));
  for (const name of await readdir(path.dirname(original)))
    if (name !== "distribution" && name !== path.basename(original))
      await symlink(path.join(path.dirname(original), name), path.join(folder, name));
  await copyFile(original, binary);
  const file = path.join(folder, "distribution", "policies.json");
  await mkdir(path.dirname(file));
  return {
    binary,
    async setPolicies(policies) {
      if (policies === null) await rm(file, { force: true });
      else await writeFile(file, JSON.stringify({ policies }));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
