import { didYouMean } from "#recipes/nearest.ts";
import { ServerError } from "../errors.ts";
import type { RecipeReader, StoredRecipe } from "../store/ports.ts";

/**
 * The recipe that a person names by its id or its slug. Of several that had a slug one after the
 * other it is the live one, else the newest.
 *
 * @throws ServerError `recipe/not-found`
 */
export async function findRecipe(
  reader: Pick<RecipeReader, "recipe" | "recipes">,
  name: string,
): Promise<StoredRecipe> {
  const byId = /^[1-9]\d{0,14}$/u.test(name) ? await reader.recipe(Number(name)) : undefined;
  if (byId !== undefined) return byId;
  const recipes = await reader.recipes();
  const bearers = recipes.filter(({ slug }) => slug === name);
  const found = bearers.find(({ live }) => live !== null) ?? bearers.at(-1);
  if (found !== undefined) return found;
  const slugs = recipes.map(({ slug }) => slug);
  throw new ServerError(
    "recipe/not-found",
    `no recipe has the id or slug ${name}${didYouMean(name, slugs)}`,
  );
}
