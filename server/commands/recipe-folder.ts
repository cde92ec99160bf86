import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError, RefusedFiles } from "../errors.ts";

// A folder of recipe files, as it lies in a working copy.

/** Folders that hold no recipes, whatever is in them. */
const passedOver = new Set(["node_modules"]);

/**
 * The recipe files that a path names: a file is itself; a folder is every `.json` file in it and below
 * it, by name, without `.schema.json` files and what begins with a dot. Links are not followed.
 *
 * @throws RefusedFiles `file/unreadable` for a folder that cannot be read
 */
export async function recipeFilesIn(path: string): Promise<readonly string[]> {
  return (await isFolder(path)) ? walk(path) : [path];
}

/**
 * The same for a path that has to be a folder.
 *
 * @throws RefusedFiles `file/unreadable`
 */
export async function filesOfFolder(path: string): Promise<readonly string[]> {
  if (await isFolder(path)) return walk(path);
  throw unreadable(path, "this is not a folder");
}

/** The names of everything at the top of a folder. */
export function namesAtTop(folder: string): Promise<readonly string[]> {
  return readdir(folder);
}

async function walk(folder: string): Promise<readonly string[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error instanceof Error ? error.message : String(error));
  }
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || passedOver.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await walk(path)));
    else if (entry.isFile() && isRecipeName(entry.name)) files.push(path);
  }
  return files;
}

function isRecipeName(name: string): boolean {
  return name.endsWith(".json") && !name.endsWith(".schema.json");
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // Whoever reads it says so, with the other files that are not there.
    if (isSystemError(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG"))
      return false;
    throw error;
  }
}

function unreadable(file: string, message: string): RefusedFiles {
  return new RefusedFiles([{ code: "file/unreadable", file, at: "", message }]);
}
