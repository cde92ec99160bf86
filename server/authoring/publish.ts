import { canonicalAction } from "#recipes/aliases.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import { isCoded, RefusedFiles, ServerError } from "../errors.ts";
import { agreedJson } from "../publish/agreed-json.ts";
import { legacyRecipe } from "../publish/content-signature.ts";
import { type Publishing, publishChange } from "../publish/publication.ts";
import type { RecipeWriter, StoredRecipe, StoredRevision } from "../store/ports.ts";
import { admit, type By } from "./access.ts";
import { withAddons } from "./addons.ts";
import { type CheckedDraft, toFinding } from "./drafts.ts";
import { freeIds } from "./ids.ts";
import { record, voidPending } from "./record.ts";
import { revise } from "./revise.ts";
import type { Shelf, StandingRecipe } from "./shelf.ts";

/** One recipe as it went out. */
export interface PublishedRecipe {
  readonly id: number;
  readonly slug: string;
  readonly revision_id: string;
  readonly sha256: string;
  /** The manifest that carries it; `null` when it waits for approval. */
  readonly n: number | null;
  /** The revision that clients had before, this one where nothing changed; `null` when they had none. */
  readonly replaces: string | null;
}

/** What becomes of a revision: it goes live at once (on a development server), or waits for approval. */
export type Approval = "approved" | "waiting";

/**
 * Makes revisions from drafts and, when they are approved, one new manifest with all of them. A draft
 * with the slug of a recipe that is there becomes that recipe's next revision.
 *
 * @param options.serverUrl - where clients fetch add-ons, without a trailing slash
 * @throws RefusedFiles when one is refused; then none is stored
 * @throws ServerError `access/*`
 */
export async function publishDrafts(
  publishing: Publishing,
  drafts: readonly CheckedDraft[],
  options: {
    readonly by: By;
    readonly approval: Approval;
    readonly comment: string;
    readonly serverUrl: string;
  },
): Promise<readonly PublishedRecipe[]> {
  const isLegacyServed = (await publishing.isLegacyServed?.()) ?? false;
  const storeAll = async (
    writer: RecipeWriter,
    author: string | null,
  ): Promise<readonly StoredRevision[]> => {
    const revisions: StoredRevision[] = [];
    for (const checked of drafts) {
      try {
        revisions.push(
          await storeDraft(writer, checked, publishing.now(), {
            ...options,
            author,
            isLegacyServed,
          }),
        );
      } catch (error) {
        if (!isCoded(error)) throw error;
        throw new RefusedFiles([toFinding(checked.file, error)]);
      }
    }
    return revisions;
  };
  if (options.approval === "waiting") {
    const revisions = await publishing.store.transaction(async (writer) =>
      storeAll(writer, (await admit(writer, options.by, "write", publishing.now())).name),
    );
    return revisions.map((revision) => toPublished(revision, null, null));
  }
  const { result, n } = await publishChange(publishing, [], async (writer) => {
    const who = await whoPublishes(writer, options.by, publishing.now());
    const goingLive = [];
    let isChanged = false;
    for (const revision of await storeAll(writer, who)) {
      const { recipeId, number } = revision;
      const live = (await writer.recipe(recipeId))?.live ?? null;
      const before = live === null ? undefined : await writer.revision(live);
      goingLive.push({ revision, replaces: before?.revisionId ?? null });
      if (live === number) continue;
      await writer.setLive(recipeId, number);
      const { sha256 } = revision;
      const atMs = publishing.now();
      await record(writer, { who, what: "recipe.live", atMs, recipeId, sha256 });
      await voidPending(writer, recipeId, { who, atMs, why: "it went live without approval" });
      isChanged = true;
    }
    return { result: goingLive, isChanged };
  });
  return result.map(({ revision, replaces }) => toPublished(revision, n, replaces));
}

/** Where everything goes live at once, nobody needs a name. */
async function whoPublishes(writer: RecipeWriter, by: By, nowMs: number): Promise<string | null> {
  return by === "operator" ? null : (await admit(writer, by, "write", nowMs)).name;
}

/**
 * Takes a recipe away from clients; they leave it at their next run. What waits for approval is void:
 * whoever would have approved it did not know of the stop.
 *
 * @throws ServerError `recipe/not-found`, `recipe/not-live`, `access/*`
 */
export async function disableRecipe(
  publishing: Publishing,
  id: number,
  by: By,
): Promise<{ readonly id: number; readonly slug: string; readonly n: number }> {
  // One person may stop anything, the last recipe of all included: clients are told that it is meant.
  const { result, n } = await publishChange(publishing, ["mass-ok"], async (writer) => {
    const atMs = publishing.now();
    const { name: who } = await admit(writer, by, "stop", atMs);
    const recipe = await writer.recipe(id);
    if (recipe === undefined)
      throw new ServerError("recipe/not-found", `no recipe has the id ${String(id)}`);
    if (recipe.live === null)
      throw new ServerError("recipe/not-live", `recipe ${String(id)} is not live`);
    await writer.endLive(id, atMs);
    const sha256 = (await writer.revision(recipe.live))?.sha256 ?? null;
    await record(writer, { who, what: "recipe.disabled", atMs, recipeId: id, sha256 });
    await voidPending(writer, id, { who, atMs, why: "the recipe was disabled" });
    return { result: recipe, isChanged: true };
  });
  return { id, slug: result.slug, n };
}

async function storeDraft(
  writer: RecipeWriter,
  { draft, capabilities }: CheckedDraft,
  nowMs: number,
  options: {
    readonly author: string | null;
    readonly comment: string;
    readonly serverUrl: string;
    readonly isLegacyServed: boolean;
  },
): Promise<StoredRevision> {
  const recipes = await writer.recipes();
  const known = await predecessor(writer, recipes, draft);
  if (known !== undefined) await refuseOtherAction(writer, known, draft);
  const id = draft.id ?? known?.id ?? freeIds(recipes.map((one) => one.id)).next().value;
  const slug = draft.slug ?? `recipe-${String(id)}`;
  refuseTakenSlug(recipes, { id, slug });
  const { name, action, filter_expression } = draft;
  const said = await withAddons(draft, writer, { serverUrl: options.serverUrl, isStrict: true });
  const content = { id, slug, name, action, arguments: said, filter_expression, capabilities };
  if (options.isLegacyServed) agreedJson(legacyRecipe({ ...content, revision_id: "0" }));
  const { author, comment } = options;
  return revise(writer, content, { author, comment, nowMs, write: canonicalJson });
}

/**
 * One slug, one live recipe: clients know enrolments by it.
 *
 * @throws ServerError `recipe/duplicate-slug`
 */
export function refuseTakenSlug(
  recipes: readonly StoredRecipe[],
  { id, slug }: Pick<StoredRecipe, "id" | "slug">,
): void {
  const owner = recipes.find(
    (other) => other.id !== id && other.live !== null && other.slug === slug,
  );
  if (owner !== undefined)
    throw new ServerError(
      "recipe/duplicate-slug",
      `the live recipe ${String(owner.id)} has the slug ${slug}`,
      { at: "/slug" },
    );
}

/**
 * The recipe that a draft is a new version of. A draft without id and slug, a rollback for example,
 * is known by its action and name, so that publishing one file twice does not make two recipes.
 */
export async function predecessor(
  reader: Shelf,
  recipes: readonly StandingRecipe[],
  draft: CheckedDraft["draft"],
): Promise<StandingRecipe | undefined> {
  if (draft.id !== undefined) return recipes.find(({ id }) => id === draft.id);
  if (draft.slug !== undefined) {
    const bearers = recipes.filter(({ slug }) => slug === draft.slug);
    const live = bearers.find((recipe) => recipe.live !== null);
    if (live !== undefined) return live;
    // What is over may have been something else, and its slug is free again.
    for (const recipe of bearers.toReversed())
      if ((await actionOf(reader, recipe)) === draft.action) return recipe;
    return undefined;
  }
  for (const recipe of recipes) {
    if (recipe.slug !== `recipe-${String(recipe.id)}`) continue;
    const newest = await reader.revision(recipe.latest);
    if (newest?.action === draft.action && newest.name === draft.name) return recipe;
  }
  return undefined;
}

/**
 * A recipe keeps its action: clients would leave a study and enter a rollout under one name.
 *
 * @throws ServerError `recipe/action-changed`
 */
export async function refuseOtherAction(
  reader: Shelf,
  known: StandingRecipe,
  draft: CheckedDraft["draft"],
): Promise<void> {
  const action = await actionOf(reader, known);
  if (action === draft.action) return;
  const id = String(known.id);
  const wayOut =
    draft.id === undefined
      ? `give this one another slug, or end that one first with "mulberry recipe disable ${id}"`
      : "give this one another id";
  throw new ServerError(
    "recipe/action-changed",
    `recipe ${id} (${known.slug}) has the action ${action} and this one ${draft.action}: ${wayOut}`,
    { at: "/action" },
  );
}

/** Under our name; as it was written where we know none. */
async function actionOf(
  reader: Shelf,
  { live, latest }: Pick<StandingRecipe, "live" | "latest">,
): Promise<string> {
  const written = (await reader.revision(live ?? latest))?.action ?? "";
  return canonicalAction(written) ?? written;
}

function toPublished(
  revision: StoredRevision,
  n: number | null,
  replaces: string | null,
): PublishedRecipe {
  const { recipeId: id, slug, revisionId: revision_id, sha256 } = revision;
  return { id, slug, revision_id, sha256, n, replaces };
}
