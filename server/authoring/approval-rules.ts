import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type { StoredRequest } from "../store/ports-people.ts";
import type { StoredRecipe, StoredRevision } from "../store/ports.ts";

/** What is there at the moment at which somebody decides. */
export interface Waiting {
  readonly request: StoredRequest;
  readonly recipe: StoredRecipe;
  /** The one that the request names. */
  readonly revision: StoredRevision;
}

/**
 * Why a revision cannot be asked to go live; `undefined` where it can.
 *
 * @param pending - the request that the recipe has already
 * @param revision - the number of the one that is meant; `undefined` is the newest
 */
export function requestRefusal(
  recipe: StoredRecipe,
  pending: StoredRequest | undefined,
  revision = recipe.latest,
): ServerError | undefined {
  if (revision !== recipe.latest)
    return new ServerError("approval/outdated", "the recipe has a newer revision: ask for that");
  if (recipe.live === recipe.latest) return liveAlready(recipe);
  if (pending === undefined) return undefined;
  return new ServerError(
    "approval/pending",
    `${pending.requester} asked for this already: it waits for somebody else to approve it`,
  );
}

/**
 * Why nobody can decide on a request as it stands; `undefined` where somebody can. What is decided
 * on is one text: the request, the revision and whoever decides name the same hash, and it is the
 * hash of the very bytes that would go out.
 *
 * @param seen - the hash of what the one who decides has looked at; `undefined` where they name the
 *   request itself, which is bound to one
 */
export function decisionRefusal(
  { request, recipe, revision }: Waiting,
  seen: string | undefined,
): ServerError | undefined {
  if (request.state !== "pending")
    return new ServerError("approval/decided", `this request is ${request.state} already`);
  const isNewest = recipe.latest === revision.number && revision.recipeId === recipe.id;
  const isBound = request.sha256 === revision.sha256 && sha256(revision.body) === request.sha256;
  if (!isNewest || !isBound)
    return new ServerError(
      "approval/outdated",
      "the recipe is no longer what was asked for: ask anew",
    );
  if (seen === undefined || seen === request.sha256) return undefined;
  return new ServerError(
    "approval/other-content",
    `what waits has the sha256 ${request.sha256}, not the one given: look at it again`,
    { at: "/sha256" },
  );
}

/**
 * Why this person cannot let it go live; `undefined` where they can. It takes two: whoever wrote it
 * or asked for it is one of them, and cannot be the other.
 */
export function approvalRefusal(waiting: Waiting, approver: string): ServerError | undefined {
  const { request, recipe, revision } = waiting;
  if (approver === revision.author || approver === request.requester)
    return new ServerError(
      "approval/own-work",
      `${approver} ${approver === revision.author ? "wrote" : "asked for"} this: somebody else has to approve it`,
    );
  return recipe.live === revision.number ? liveAlready(recipe) : undefined;
}

function liveAlready({ id, slug }: StoredRecipe): ServerError {
  return new ServerError(
    "recipe/live-already",
    `recipe ${String(id)} (${slug}) is live with its newest revision`,
  );
}
