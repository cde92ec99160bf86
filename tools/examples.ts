import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type RecipeFile, readDrafts } from "#server/authoring/drafts.ts";
import type { PublishedRecipe } from "#server/authoring/publish.ts";
import type { RecipeReader, StoredRecipe } from "#server/store/ports.ts";

// The recipes that `npm start` publishes. They are there to be played with: what a person made of
// one of them stays.

const folder = path.join(import.meta.dirname, "..", "recipes", "examples");
/** Marks a revision as ours: only on top of such a one goes a newer example. */
const comment = "an example that comes with Mulberry";

/** An example that was not published, because of what a person did to it. */
export interface KeptExample {
  readonly slug: string;
  readonly why: "disabled" | "changed";
}

/** The recipes of `recipes/examples`, as files. */
export async function exampleFiles(): Promise<readonly RecipeFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => ({
      file: path.join("recipes", "examples", name),
      text: await readFile(path.join(folder, name), "utf8"),
    })),
  );
}

/** Publishes the examples that are not there yet, and newer ones over older ones that nobody touched. */
export async function publishExamples(
  server: {
    publishFiles(
      files: readonly RecipeFile[],
      options: { readonly comment: string },
    ): Promise<readonly PublishedRecipe[]>;
  },
  reader: Pick<RecipeReader, "recipes" | "revision">,
  files: readonly RecipeFile[],
): Promise<{
  readonly published: readonly PublishedRecipe[];
  readonly kept: readonly KeptExample[];
}> {
  const recipes = await reader.recipes();
  const wanted: RecipeFile[] = [];
  const kept: KeptExample[] = [];
  for (const file of files) {
    const slug = readDrafts([file])[0]?.draft.slug ?? "";
    const bearers = recipes.filter((recipe) => recipe.slug === slug);
    const known = bearers.find(({ live }) => live !== null) ?? bearers.at(-1);
    const why = known === undefined ? undefined : await touchOf(reader, known);
    if (why === undefined) wanted.push(file);
    else kept.push({ slug, why });
  }
  const published = wanted.length === 0 ? [] : await server.publishFiles(wanted, { comment });
  return { published, kept };
}

/** What a person did to an example, if anything. */
async function touchOf(
  reader: Pick<RecipeReader, "revision">,
  { live, latest }: StoredRecipe,
): Promise<KeptExample["why"] | undefined> {
  if (live === null) return "disabled";
  const newest = await reader.revision(latest);
  return live === latest && newest?.comment === comment ? undefined : "changed";
}
