import type { Command } from "commander";
import { checkFiles } from "../authoring/drafts.ts";
import { liveRecipes, rivalries } from "../authoring/rivals.ts";
import { describeFinding, type Finding, isCoded, RefusedFiles } from "../errors.ts";
import { hasStore, type StorePlace } from "../data-folder.ts";
import { openStore } from "../workplace.ts";
import { readRecipeFiles } from "./input-files.ts";
import { configOf, note, printJson } from "./print.ts";

/** `mulberry recipe check`: everything that is wrong or looks wrong in files, without a server. */
export function addCheckCommand(recipe: Command): void {
  recipe
    .command("check")
    .description(
      "find mistakes in recipe files, or in folders of them, printed as: code: file#/pointer message; exits 1 for what publish refuses, 0 for warnings",
    )
    .argument("<file or folder...>")
    .option("--json", "print findings as a JSON array")
    .action(
      async (
        paths: readonly string[],
        { json }: { readonly json?: true },
        command: Command,
      ): Promise<void> => {
        const { files, errors, warnings } = await findingsIn(paths, configOf(command));
        if (json === true)
          printJson([
            ...errors.map((finding) => ({ severity: "error", ...finding })),
            ...warnings.map((finding) => ({ severity: "warning", ...finding })),
          ]);
        else print(files, [...errors, ...warnings]);
        if (errors.length > 0) process.exitCode = 1;
      },
    );
}

function print(files: readonly string[], findings: readonly Finding[]): void {
  for (const finding of findings) process.stdout.write(`${describeFinding(finding)}\n`);
  const found = new Set(findings.map(({ file }) => file));
  for (const file of files) if (!found.has(file)) process.stdout.write(`${file}: no findings\n`);
}

async function findingsIn(
  paths: readonly string[],
  place: StorePlace,
): Promise<{
  readonly files: readonly string[];
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}> {
  try {
    const read = await readRecipeFiles(paths);
    const { drafts, findings, warnings } = checkFiles(read);
    const rivals = rivalries(drafts, await liveIn(place));
    const files = read.map(({ file }) => file);
    return { files, errors: findings, warnings: [...warnings, ...rivals] };
  } catch (error) {
    if (error instanceof RefusedFiles)
      return { files: paths, errors: error.findings, warnings: [] };
    throw error;
  }
}

/** What is live in a data folder; a check needs none, and makes none. */
async function liveIn(place: StorePlace): ReturnType<typeof liveRecipes> {
  if (!hasStore(place)) return [];
  try {
    const store = await openStore(place);
    try {
      return await liveRecipes(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isCoded(error)) throw error;
    note(error.code, `${error.message} (the files were not compared with the live recipes)`);
    return [];
  }
}
