import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { readJson } from "#recipes/json.ts";
import { importFrom, type ImportReport } from "../authoring/import.ts";
import { fileNameFor } from "../authoring/recipe-text.ts";
import { describeFinding, type Finding, RefusedFiles } from "../errors.ts";
import { writeAtomically } from "../store/atomic.ts";
import { readSource } from "./import-source.ts";
import { printJson, printLine } from "./print.ts";
import { namesAtTop } from "./recipe-folder.ts";

interface Options {
  readonly out: string;
  readonly extension: ReadonlyMap<string, number>;
  readonly json?: true;
}

/** Members and depth that a list of recipes of another system may have. */
const limits = { maxDepth: 64, maxKeys: 5_000_000 };

/** `mulberry import`: recipe files from what other systems publish. Nothing is published by it. */
export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description(
      "turn recipes of Normandy's and experiments of Nimbus's into recipe files, and say what could not be carried over; exits 1 where an item could not be",
    )
    .argument("<file or url...>", "JSON: one, a list, or a page of an API, whose next pages follow")
    .requiredOption("--out <dir>", "the folder for the files; none that is there is written over")
    .option(
      "--extension <theirs=ours>",
      "the id that an add-on has here, for the one that it has there; may be repeated",
      extensionIn,
      new Map<string, number>(),
    )
    .option("--json", "print one JSON object: files, notes, refusals")
    .action(async (sources: readonly string[], { out, extension, json }: Options) => {
      const reports: ImportReport[] = [];
      for (const source of sources)
        for (const { name, text } of await readSource(source))
          reports.push(importFrom(name, parsed(name, text), extension));
      const refusals = reports.flatMap((report) => report.refusals);
      const notes = reports.flatMap((report) => report.notes);
      const files = await write(
        out,
        reports.flatMap(({ recipes }) => recipes),
      );
      if (json === true) printJson({ files, notes, refusals });
      else print(files, notes, refusals);
      if (refusals.length > 0) process.exitCode = 1;
    });
}

function print(
  files: readonly Written[],
  notes: readonly Finding[],
  refusals: readonly Finding[],
): void {
  for (const { file, slug, isNew } of files)
    printLine(`${isNew ? "wrote " : "had   "} ${file}: ${slug}`);
  for (const note of notes) printLine(`note    ${describeFinding(note)}`);
  for (const refusal of refusals) printLine(`refused ${describeFinding(refusal)}`);
  if (files.length === 0 && refusals.length === 0) printLine("nothing to import");
}

interface Written {
  readonly slug: string;
  readonly file: string;
  /** Whether it was not there before, to the letter. */
  readonly isNew: boolean;
}

/** A file of the same name that says something else is somebody's own: the new one gets another name. */
async function write(
  out: string,
  recipes: readonly { readonly slug: string; readonly text: string }[],
): Promise<readonly Written[]> {
  const taken = new Set<string>();
  const there = new Set(
    (existsSync(out) ? await namesAtTop(out) : []).map((name) => name.toLowerCase()),
  );
  const written: Written[] = [];
  for (const [index, { slug, text }] of recipes.entries()) {
    const identity = { id: index + 1, slug };
    const plain = fileNameFor(identity, taken);
    const isSame = there.has(plain.toLowerCase()) && (await says(join(out, plain), text));
    const name = isSame ? plain : fileNameFor(identity, new Set([...taken, ...there]));
    taken.add(name.toLowerCase());
    if (!isSame) await writeAtomically(join(out, name), text);
    written.push({ slug, file: join(out, name), isNew: !isSame });
  }
  return written;
}

async function says(file: string, text: string): Promise<boolean> {
  return existsSync(file) && (await readFile(file, "utf8")) === text;
}

function parsed(name: string, text: string): unknown {
  const reading = readJson(text, limits);
  if (reading.ok) return reading.value;
  const message = `this is not JSON that can be read: ${reading.problem}`;
  throw new RefusedFiles([{ code: "recipe/malformed", file: name, at: reading.at, message }]);
}

function extensionIn(text: string, before: ReadonlyMap<string, number>): Map<string, number> {
  const [, theirs, ours] = /^([^=]+)=([1-9]\d{0,14})$/u.exec(text) ?? [];
  if (theirs === undefined)
    throw new InvalidArgumentError("It must be an id there and an id here, for example 12=3.");
  return new Map([...before, [theirs, Number(ours)]]);
}
