import { cp, mkdir, mkdtemp, readdir, readFile, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const notOurs = new Set(["node_modules", "dist", ".cache", ".mulberry", ".git", "coverage"]);
const generated = new Set(["package-lock.json"]);

export interface SourceFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every text file of the checkout that people write. */
export async function sources(): Promise<readonly SourceFile[]> {
  const entries = await filesBelow(root);
  const read = entries.map(async (file) => {
    const text = await readFile(path.join(root, file), "utf8");
    return { path: file, text };
  });
  // A NUL byte is how git, too, tells a picture from a text.
  return (await Promise.all(read)).filter(({ text }) => !text.includes("\0"));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    if (notOurs.has(entry.name) || generated.has(entry.name)) return [];
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(full);
    return entry.isFile() ? [path.relative(root, full).split(path.sep).join("/")] : [];
  });
  return (await Promise.all(lists)).flat();
}

/** A copy of what the walls are built of and guard, in a new folder; the caller removes it. */
export async function copyOfSources(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), "mulberry-house-"));
  const parts = [
    ...["recipes", "telemetry", "extension", "server", "tools"],
    ...[".dependency-cruiser.cjs", "package.json", "tsconfig.base.json", "tsconfig.json"],
  ];
  for (const part of parts) {
    await cp(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  for (const folder of ["test", "bench"]) await mkdir(path.join(copy, folder));
  await symlink(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  return copy;
}
