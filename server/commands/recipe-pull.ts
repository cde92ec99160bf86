import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { readDrafts } from "../authoring/drafts.ts";
import { planPull, type PullStep } from "../authoring/pull-plan.ts";
import { oneLine } from "../errors.ts";
import { writeAtomically } from "../store/atomic.ts";
import { confirm } from "./confirm.ts";
import { openLocalShelf } from "./depot.ts";
import { readRecipeFiles } from "./input-files.ts";
import { parseServerUrl } from "./options.ts";
import { called } from "./plan-lines.ts";
import { configOf, printJson, printLine } from "./print.ts";
import { differenceLine } from "./recipe-diff.ts";
import { filesOfFolder, namesAtTop } from "./recipe-folder.ts";
import { openRemoteDepot } from "./remote-depot.ts";

interface Options {
  readonly server?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `mulberry recipe pull`: what is kept, written back into a folder of recipe files. */
export function addPullCommand(recipe: Command): void {
  recipe
    .command("pull")
    .description(
      "write the newest revisions into a folder of recipe files; a file that says the same stays as it is, and none is removed",
    )
    .argument("<dir>", "a folder of recipe files; made where there is none")
    .option(
      "--server <url>",
      "a server, asked over its API with MULBERRY_TOKEN (default: the data folder)",
      parseServerUrl,
    )
    .option("--yes", "write without asking")
    .option("--dry-run", "print the plan and write nothing")
    .option("--json", "print the plan as a JSON array")
    .action(async (dir: string, options: Options, command: Command) => {
      const config = configOf(command);
      const isThere = existsSync(dir);
      const files = await readRecipeFiles(isThere ? await filesOfFolder(dir) : []);
      const drafts = readDrafts(files);
      const names = isThere ? await namesAtTop(dir) : [];
      const namesTaken = names.map((name) => name.toLowerCase());
      const folder = { files, drafts, namesTaken, pathOf: (name: string) => join(dir, name) };
      await using kept = await (options.server === undefined
        ? openLocalShelf(config)
        : openRemoteDepot(options.server));
      const steps = await planPull(folder, kept.shelf);
      if (options.json === true) printJson(steps.map(shown));
      else print(steps);
      const writing = steps.flatMap((step) => (isWriting(step) ? [step] : []));
      if (writing.length === 0 || options.dryRun === true) return;
      if (options.yes !== true) await confirm(`Write these files into ${dir}?`);
      for (const { file, text } of writing) await writeAtomically(file, text);
    });
}

function isWriting(step: PullStep): step is Extract<PullStep, { readonly do: "add" | "rewrite" }> {
  return step.do === "add" || step.do === "rewrite";
}

function print(steps: readonly PullStep[]): void {
  for (const step of steps) {
    printLine(lineOf(step));
    if (isWriting(step))
      for (const change of step.changes) printLine(`    ${differenceLine(change)}`);
  }
  if (!steps.some(isWriting)) printLine("nothing to write");
}

function lineOf(step: PullStep): string {
  switch (step.do) {
    case "add":
      return `add      ${step.file}: ${called(step)}`;
    case "rewrite":
      return `rewrite  ${step.file}: ${called(step)} says something else`;
    case "nothing":
      return `nothing  ${step.file}: ${called(step)} says the same`;
    case "keep":
      return `keep     ${step.file}: no recipe is of it`;
    case "leave":
      return `leave    ${called(step)} is nothing that a file can hold: ${oneLine(`${step.why.code}: ${step.why.message}`)}`;
  }
}

/** A step for a program: what is going to stand in the file is in the file. */
function shown(step: PullStep): object {
  switch (step.do) {
    case "add":
    case "rewrite": {
      const { text: _text, ...rest } = step;
      return rest;
    }
    case "leave": {
      const { why, ...rest } = step;
      return { ...rest, code: why.code, at: why.at, message: why.message };
    }
    case "nothing":
    case "keep":
      return step;
  }
}
