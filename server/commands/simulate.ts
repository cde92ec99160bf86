import { existsSync } from "node:fs";
import type { Command } from "commander";
import { readDrafts, type RecipeFile } from "../authoring/drafts.ts";
import { findRecipe } from "../authoring/find.ts";
import type { Simulation } from "../authoring/simulate.ts";
import type { RecipeReader } from "../store/ports.ts";
import { describeFinding } from "../errors.ts";
import { hasStore, type StorePlace } from "../data-folder.ts";
import { openStore } from "../workplace.ts";
import { readRecipeFiles } from "./input-files.ts";
import { parseCount } from "./options.ts";
import { configOf, printJson, printTable } from "./print.ts";
import { recipeFilesIn } from "./recipe-folder.ts";

interface Options {
  readonly clients: number;
  readonly seed: string;
  readonly json?: true;
}

/** `mulberry recipe simulate`: what recipes would do, by the extension's own core. */
export function addSimulateCommand(recipe: Command): void {
  recipe
    .command("simulate")
    .description("run recipes in synthetic browsers: matches, enrolments per branch, conflicts")
    .argument("<recipe...>", "files, or ids or slugs of stored recipes")
    .option("--clients <n>", "how many browsers", parseCount, 1_000)
    .option("--seed <seed>", "another seed, another population", "1")
    .option("--json", "print JSON")
    .action(async (names: readonly string[], options: Options, command: Command) => {
      const config = configOf(command);
      const drafts = readDrafts(await readRecipes(names, config));
      for (const warning of drafts.flatMap(({ warnings }) => warnings))
        process.stderr.write(`${describeFinding(warning)}\n`);
      const { simulate } = await import("../authoring/simulate.ts");
      const simulation = await withExtensions(config, (extensions) =>
        simulate(drafts, { ...options, nowMs: Date.now(), extensions }),
      );
      if (options.json === true) printJson(simulation);
      else print(simulation);
    });
}

/** Files as they are, of folders all that are in them; a name that is no file and can be an id or a slug is looked up in the store. */
async function readRecipes(
  given: readonly string[],
  place: StorePlace,
): Promise<readonly RecipeFile[]> {
  const isStored = (name: string): boolean =>
    hasStore(place) && /^[\w-]+$/u.test(name) && !existsSync(name);
  const names = (
    await Promise.all(
      given.map(async (name) => (isStored(name) ? [name] : await recipeFilesIn(name))),
    )
  ).flat();
  const files = new Map(
    (await readRecipeFiles(names.filter((name) => !isStored(name)))).map((one) => [one.file, one]),
  );
  const stored = names.filter(isStored);
  if (stored.length > 0) {
    const store = await openStore(place);
    try {
      for (const name of stored) {
        const { live, latest } = await findRecipe(store, name);
        const body = (await store.revision(live ?? latest))?.body ?? "";
        files.set(name, { file: name, text: body });
      }
    } finally {
      await store.close();
    }
  }
  return names.flatMap((name) => files.get(name) ?? []);
}

/** A simulation makes no data folder: where there is none, nobody has uploaded an extension. */
async function withExtensions<T>(
  place: StorePlace,
  work: (extensions: Pick<RecipeReader, "extension">) => Promise<T>,
): Promise<T> {
  if (!hasStore(place)) return work({ extension: () => Promise.resolve(undefined) });
  const store = await openStore(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function print({ clients, seed, recipes, conflicts }: Simulation): void {
  process.stdout.write(`${String(clients)} synthetic browsers, seed ${seed}\n`);
  printTable([
    ["SLUG", "ACTION", "MATCHES", "ENROLLED", "BRANCHES", "STATUSES"],
    ...recipes.map(({ slug, action, matches, enrolled, branches, statuses, reasons }) => [
      slug,
      action,
      String(matches),
      String(enrolled),
      counts(branches),
      `${counts(statuses)}${Object.keys(reasons).length === 0 ? "" : ` (${counts(reasons)})`}`,
    ]),
  ]);
  for (const { preference, slugs, exclusive, clients: both } of conflicts)
    process.stdout.write(
      `${preference} is set by ${slugs.join(", ")}: ${
        exclusive ? "only the first gets it" : "the study's value hides the rollout's"
      } in ${String(both)} browsers\n`,
    );
}

function counts(table: Readonly<Record<string, number>>): string {
  const said = Object.entries(table).map(([name, count]) => `${name} ${String(count)}`);
  return said.length === 0 ? "-" : said.join(", ");
}
