import { RecipeError } from "#recipes/errors.ts";
import { conditionsOf, filterEnd } from "#recipes/filter-conditions.ts";
import { parseFilter } from "#recipes/filter.ts";
import { printFilter } from "#recipes/filter-print.ts";
import { memberOf } from "#recipes/members.ts";
import { ServerError } from "../errors.ts";
import type { StoredRequest } from "../store/ports-people.ts";
import type { RecipeReader, StoredKill, StoredRecipe, StoredRevision } from "../store/ports.ts";
import { samplesIn } from "./samples.ts";

/** Where a recipe stands: clients get it, they got it once, or they never did. */
export type RecipeState = "live" | "stopped" | "draft";

/** What there is to know of a recipe before one looks at it. */
export interface Glance {
  readonly recipe: StoredRecipe;
  readonly state: RecipeState;
  readonly newest: StoredRevision;
  /** What clients get. */
  readonly live: StoredRevision | undefined;
  /** The request that waits for an answer. */
  readonly waits: StoredRequest | undefined;
  /** Whether every client drops it, whatever else is so. */
  readonly isKilled: boolean;
}

/** Every recipe at a glance, ids ascending. */
export async function glances(reader: RecipeReader): Promise<readonly Glance[]> {
  const [kills, requests] = [await reader.kills(), await reader.requests()];
  return Promise.all(
    (await reader.recipes()).map((recipe) =>
      glance(reader, recipe, {
        kills,
        waits: requests.find(
          ({ recipeId, state }) => recipeId === recipe.id && state === "pending",
        ),
      }),
    ),
  );
}

/** One recipe at a glance. */
export async function glanceAt(reader: RecipeReader, recipe: StoredRecipe): Promise<Glance> {
  const waits = await reader.pendingRequest(recipe.id);
  return glance(reader, recipe, { kills: await reader.kills(), waits });
}

async function glance(
  reader: RecipeReader,
  recipe: StoredRecipe,
  known: Pick<Glance, "waits"> & { readonly kills: readonly StoredKill[] },
): Promise<Glance> {
  const newest = await reader.revision(recipe.latest);
  if (newest === undefined)
    throw new ServerError("data/damaged", `recipe ${String(recipe.id)} has lost its revision`);
  const live = recipe.live === null ? undefined : await reader.revision(recipe.live);
  const state = live !== undefined ? "live" : recipe.endedMs !== null ? "stopped" : "draft";
  const isKilled = known.kills.some(
    ({ kind, value }) =>
      kind === "all" ||
      (kind === "id" && value === String(recipe.id)) ||
      (kind === "slug" && value === recipe.slug),
  );
  return { recipe, state, newest, live, waits: known.waits, isKilled };
}

/** What a revision says of how far it reaches, and until when. */
export interface Outlook {
  /** The share of all browsers that its filter draws, from 0 to 1; 1 where it draws none. */
  readonly share: number;
  /** When its filter lets nobody in any more, in milliseconds since 1970. */
  readonly endsMs: number | undefined;
  /** Whether nobody enters it, and who is in stays in. */
  readonly isPaused: boolean;
}

/** Reads it off the body. A filter that cannot be read says nothing. */
export function outlookOf({ body }: Pick<StoredRevision, "body">): Outlook {
  const said: unknown = JSON.parse(body);
  const isPaused = memberOf(memberOf(said, "arguments"), "isEnrollmentPaused") === true;
  const filter = memberOf(said, "filter_expression");
  if (typeof filter !== "string" || filter.trim() === "")
    return { share: 1, endsMs: undefined, isPaused };
  try {
    const tree = parseFilter(filter);
    return { share: shareOf(conditionsOf(tree)), endsMs: filterEnd(tree), isPaused };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    return { share: 1, endsMs: undefined, isPaused };
  }
}

/** Samples of other inputs have nothing to do with each other; those of the same overlap at best. */
function shareOf(conditions: ReturnType<typeof conditionsOf>): number {
  const shares = new Map<string, number>();
  for (const condition of conditions) {
    if (condition.type !== "Transform") continue;
    for (const { inputs, share } of samplesIn(printFilter(condition)))
      shares.set(inputs, Math.min(share, shares.get(inputs) ?? 1));
  }
  return [...shares.values()].reduce((product, share) => product * share, 1);
}
