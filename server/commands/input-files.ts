import { readFile, stat } from "node:fs/promises";
import type { RecipeFile } from "../authoring/drafts.ts";
import { isSystemError, RefusedFiles } from "../errors.ts";
import { recipeFilesIn } from "./recipe-folder.ts";

// Files that a person names on the command line: what cannot be read is said in one form, whatever
// the command.

/**
 * Reads a file; `-` is standard input.
 *
 * @throws RefusedFiles `file/unreadable`
 */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path === "-" ? "/dev/stdin" : path);
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
}

/**
 * Reads a file of text.
 *
 * @throws RefusedFiles `file/unreadable`
 */
export async function readTextInput(path: string): Promise<string> {
  const bytes = await readInput(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder knows one reason only.
    throw unreadable(path, "the file is not UTF-8");
  }
}

/**
 * Reads recipe files whole; of a folder, all that are in it.
 *
 * @throws RefusedFiles `file/unreadable` with every file that could not be read
 */
export async function readRecipeFiles(paths: readonly string[]): Promise<readonly RecipeFile[]> {
  const files = (await Promise.all(paths.map(recipeFilesIn))).flat();
  const outcomes = await Promise.allSettled(
    files.map(async (file) => ({ file, text: await readTextInput(file) })),
  );
  const findings = outcomes.flatMap((outcome) => {
    if (outcome.status === "fulfilled") return [];
    if (outcome.reason instanceof RefusedFiles) return outcome.reason.findings;
    throw outcome.reason;
  });
  if (findings.length > 0) throw new RefusedFiles(findings);
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/**
 * A file's size in bytes, for who does not read a large one.
 *
 * @throws RefusedFiles `file/unreadable`
 */
export async function sizeOfInput(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
}

function unreadable(file: string, message: string): RefusedFiles {
  return new RefusedFiles([{ code: "file/unreadable", file, at: "", message }]);
}

function reasonOf(error: unknown): string {
  if (isSystemError(error, "ENOENT", "ENOTDIR")) return "no such file";
  if (isSystemError(error, "EISDIR")) return "this is a folder, not a file";
  if (isSystemError(error, "EACCES", "EPERM")) return "you have no right to read this file";
  return error instanceof Error ? error.message : String(error);
}
