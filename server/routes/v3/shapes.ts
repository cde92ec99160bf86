import { actionNames } from "#recipes/arguments.ts";
import { canonicalAction } from "#recipes/aliases.ts";
import { memberOf } from "#recipes/members.ts";
import { ServerError } from "../../errors.ts";
import type { StoredPerson, StoredRequest } from "../../store/ports-people.ts";
import type { RecipeStore, StoredRecipe, StoredRevision } from "../../store/ports.ts";
import { bodyOf } from "../normandy.ts";

/** Normandy's shapes of what the store holds, as of the moment at which it was looked at. */
export interface Shapes {
  readonly recipe: (recipe: StoredRecipe) => Promise<object>;
  readonly revision: (revision: StoredRevision) => Promise<object>;
  readonly request: (request: StoredRequest) => object;
}

/** Looks at the store. */
export async function openShapes(store: RecipeStore): Promise<Shapes> {
  const recipes = new Map((await store.recipes()).map((recipe) => [recipe.id, recipe]));
  const people = new Map((await store.people()).map((person) => [person.name, person]));
  const requests = await store.requests();

  const person = (name: string | null): object | null => describePerson(people.get(name ?? ""));
  const request: Shapes["request"] = (one) => ({
    id: one.id,
    approved: one.state === "approved" ? true : one.state === "rejected" ? false : null,
    state: one.state,
    sha256: one.sha256,
    approver: person(one.decider),
    comment: one.comment,
    created: isoOf(one.createdMs),
    creator: person(one.requester),
    revision: { id: one.revision, recipe_id: one.recipeId },
  });
  /** What clients get, else what was approved last. */
  const approvedOf = ({ id, live }: StoredRecipe): number | null =>
    live ??
    requests.findLast(({ recipeId, state }) => recipeId === id && state === "approved")?.revision ??
    null;
  const revision: Shapes["revision"] = async (shown) => {
    const { number, recipeId, sha256 } = shown;
    const recipe = recipes.get(recipeId);
    if (recipe === undefined) throw lost(recipeId);
    const body = bodyOf(shown);
    const asked = requests.findLast((one) => one.revision === number);
    const states = (await store.audit(recipeId)).filter(
      (entry) =>
        entry.sha256 === sha256 &&
        (entry.what === "recipe.live" || entry.what === "recipe.disabled"),
    );
    const filter = memberOf(body, "filter_expression");
    const created = isoOf(shown.createdMs);
    return {
      id: number,
      sha256,
      slug: shown.slug,
      name: shown.name,
      action: describeAction(shown.action),
      arguments: memberOf(body, "arguments"),
      filter_object: [],
      extra_filter_expression: filter,
      filter_expression: filter,
      capabilities: memberOf(body, "capabilities"),
      extra_capabilities: [],
      comment: shown.comment,
      creator: person(shown.author),
      date_created: created,
      updated: created,
      enabled: recipe.live === number,
      enabled_states: states.map(({ seq, atMs, who, what }) => ({
        id: seq,
        created: isoOf(atMs),
        creator: person(who),
        enabled: what === "recipe.live",
        carryover_from: null,
      })),
      approval_request: asked === undefined || asked.state === "void" ? null : request(asked),
      experimenter_slug: null,
      identicon_seed: null,
      metadata: {},
      recipe: {
        id: recipeId,
        latest_revision_id: recipe.latest,
        approved_revision_id: approvedOf(recipe),
      },
    };
  };
  const recipe: Shapes["recipe"] = async (shown) => {
    const newest = await store.revision(shown.latest);
    if (newest === undefined) throw lost(shown.id);
    const number = approvedOf(shown);
    const approved = number === null ? undefined : await store.revision(number);
    return {
      id: shown.id,
      approved_revision: approved === undefined ? null : await revision(approved),
      latest_revision: await revision(newest),
      // What clients verify is the manifest, not a signature of each recipe.
      signature: null,
    };
  };
  return { recipe, revision, request };
}

/** An action by the name in a body, and by a number as Normandy numbers them. */
export function describeAction(written: string): {
  readonly id: number | null;
  readonly name: string;
} {
  const name = canonicalAction(written);
  return { id: name === undefined ? null : actionNames.indexOf(name) + 1, name: written };
}

/** Somebody as Normandy describes them: people here have one name and no address. */
export function describePerson(person: StoredPerson | undefined): object | null {
  if (person === undefined) return null;
  return { id: person.id, email: "", first_name: person.name, last_name: "" };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function lost(id: number): ServerError {
  return new ServerError("data/damaged", `recipe ${String(id)} has lost its revision`);
}
