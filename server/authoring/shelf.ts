import type { StoredRequest } from "../store/ports-people.ts";
import type { StoredRecipe, StoredRevision } from "../store/ports.ts";

/** What has to be known of a recipe to tell whether a file says something else. */
export type StandingRecipe = Pick<StoredRecipe, "id" | "slug" | "latest" | "live" | "endedMs">;

/** The same of one revision. */
type StandingRevision = Pick<
  StoredRevision,
  "number" | "action" | "name" | "body" | "sha256" | "createdMs"
>;

/** Recipes as they stand somewhere: in a store of ours, or behind another server's API. */
export interface Shelf {
  /** Every recipe, ids ascending. */
  recipes(): Promise<readonly StandingRecipe[]>;
  revision(number: number): Promise<StandingRevision | undefined>;
  /** Approval requests, oldest first. */
  requests(): Promise<readonly Pick<StoredRequest, "recipeId" | "revision" | "state">[]>;
}

/**
 * How far a recipe's newest revision has come. `stopped`: it was there when the recipe was taken away
 * from clients.
 */
export type Standing = "live" | "waiting" | "unasked" | "rejected" | "withdrawn" | "stopped";

/** @throws never: a recipe that has lost its newest revision is `unasked` */
export async function standingOf(shelf: Shelf, recipe: StandingRecipe): Promise<Standing> {
  if (recipe.live === recipe.latest) return "live";
  const asked = (await shelf.requests()).findLast(
    ({ recipeId, revision }) => recipeId === recipe.id && revision === recipe.latest,
  );
  if (asked?.state === "pending") return "waiting";
  const madeMs = (await shelf.revision(recipe.latest))?.createdMs ?? Infinity;
  if (recipe.live === null && recipe.endedMs !== null && madeMs <= recipe.endedMs) return "stopped";
  if (asked?.state === "rejected" || asked?.state === "withdrawn") return asked.state;
  return "unasked";
}
