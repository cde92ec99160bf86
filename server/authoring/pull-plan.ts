import { RecipeError } from "#recipes/errors.ts";
import { readJson } from "#recipes/json.ts";
import { memberOf } from "#recipes/members.ts";
import { checkDraft } from "#recipes/parse.ts";
import type { Draft } from "#recipes/recipe.ts";
import { type Difference, differencesOf } from "./differences.ts";
import type { CheckedDraft, RecipeFile } from "./drafts.ts";
import { knownBy } from "./folder-plan.ts";
import { fileNameFor, recipeText } from "./recipe-text.ts";
import { saidByDraft, saidIn } from "./said.ts";
import { type Shelf, type StandingRecipe, standingOf } from "./shelf.ts";

/** What becomes of one recipe, or of one file that is of none. */
export type PullStep =
  | {
      readonly do: "add" | "rewrite";
      readonly id: number;
      readonly slug: string;
      /** Relative to the folder, or as the folder's files are named. */
      readonly file: string;
      readonly text: string;
      /** From the file to the recipe; nothing where there was no file. */
      readonly changes: readonly Difference[];
    }
  | {
      readonly do: "nothing";
      readonly id: number;
      readonly slug: string;
      readonly file: string;
    }
  /** A file without a recipe stays. */
  | { readonly do: "keep"; readonly file: string }
  /** What QA publishes as it is may be something that no file holds. */
  | {
      readonly do: "leave";
      readonly id: number;
      readonly slug: string;
      readonly why: RecipeError;
    };

/**
 * Holds what is there against recipe files. A file that says what its recipe says stays as its author
 * wrote it. Recipes that were stopped get no new file.
 *
 * @param folder - the files with their drafts; names without their folder are `namesTaken`
 */
export async function planPull(
  folder: {
    readonly files: readonly RecipeFile[];
    readonly drafts: readonly CheckedDraft[];
    /** Names at the top of the folder, in lower case. */
    readonly namesTaken: readonly string[];
    /** From a name at the top of the folder to the path under which files are named. */
    readonly pathOf: (name: string) => string;
  },
  shelf: Shelf,
): Promise<readonly PullStep[]> {
  const recipes = await shelf.recipes();
  const texts = new Map(folder.files.map(({ file, text }) => [file, text]));
  const taken = new Set(folder.namesTaken);
  const steps: PullStep[] = [];
  const held = new Set<number>();
  for (const checked of folder.drafts) {
    const { file } = checked;
    const known = await knownBy(shelf, recipes, checked);
    if (known === undefined || held.has(known.id)) {
      steps.push({ do: "keep", file });
      continue;
    }
    held.add(known.id);
    const schema = schemaIn(texts.get(file) ?? "");
    const step = await read(shelf, known, (draft, revision): PullStep => {
      const changes = differencesOf(saidByDraft(checked, known.id), saidIn(revision));
      const { id, slug } = known;
      if (changes.length === 0) return { do: "nothing", id, slug, file };
      return { do: "rewrite", id, slug, file, text: recipeText(draft, { schema }), changes };
    });
    steps.push(step);
  }
  for (const recipe of recipes) {
    if (held.has(recipe.id) || (await isOver(shelf, recipe, recipes))) continue;
    const { id, slug } = recipe;
    const step = await read(shelf, recipe, (draft): PullStep => {
      const name = fileNameFor(recipe, taken);
      taken.add(name.toLowerCase());
      const file = folder.pathOf(name);
      return { do: "add", id, slug, file, text: recipeText(draft), changes: [] };
    });
    steps.push(step);
  }
  return steps;
}

/** Whether a recipe was stopped, or its slug is another's by now. */
async function isOver(
  shelf: Shelf,
  recipe: StandingRecipe,
  recipes: readonly StandingRecipe[],
): Promise<boolean> {
  if (recipe.live !== null) return false;
  if ((await standingOf(shelf, recipe)) === "stopped") return true;
  return recipes.some(
    (other) => other.slug === recipe.slug && (other.live !== null || other.id > recipe.id),
  );
}

async function read(
  shelf: Shelf,
  { id, slug, latest }: StandingRecipe,
  step: (draft: Draft, revision: { readonly body: string }) => PullStep,
): Promise<PullStep> {
  const revision = await shelf.revision(latest);
  const { draft, findings } = checkDraft(JSON.parse(revision?.body ?? "{}"));
  const leave = (why: RecipeError): PullStep => ({ do: "leave", id, slug, why });
  if (draft === undefined || revision === undefined)
    return leave(findings[0] ?? new RecipeError("recipe/malformed", "this is not a recipe"));
  try {
    return step(draft, revision);
  } catch (error) {
    // A filter that cannot be read is for clients to refuse, where QA has published it.
    if (error instanceof RecipeError) return leave(error);
    throw error;
  }
}

/** What a file says of its schema; where it stands in the way of nothing else, it is kept. */
function schemaIn(text: string): string | undefined {
  const reading = readJson(text, { maxDepth: 64 });
  const schema = reading.ok ? memberOf(reading.value, "$schema") : undefined;
  return typeof schema === "string" ? schema : undefined;
}
