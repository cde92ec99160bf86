import { preferencesOf } from "#recipes/conflicts.ts";
import { readJson } from "#recipes/json.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { checkDraft } from "#recipes/parse.ts";
import type { Draft } from "#recipes/recipe.ts";
import type { Finding } from "../errors.ts";
import type { RecipeReader, StoredRevision } from "../store/ports.ts";
import type { CheckedDraft } from "./drafts.ts";
import type { Warning } from "./lint.ts";

/** A recipe that others may be in the way of. */
interface Rival {
  readonly draft: Draft;
  /** How a sentence names it. */
  readonly called: string;
}

/**
 * Preferences that two recipes want: of those given together, and of those that are live already.
 * Their filters may keep them apart, which nobody can tell from here, so this is a warning.
 *
 * @param live - as `liveRecipes` gives them
 */
export function rivalries(
  drafts: readonly CheckedDraft[],
  live: readonly Draft[],
): readonly Finding[] {
  const standing = live
    .filter((one) => !drafts.some(({ draft }) => isOfOneRecipe(draft, one)))
    .map((one): Rival => ({ draft: one, called: `the live recipe ${one.slug ?? ""}` }));
  return drafts.flatMap(({ file, draft }, index) => {
    const given = drafts.slice(0, index).map((other): Rival => ({
      draft: other.draft,
      called: `the recipe of ${other.file}`,
    }));
    return preferencesOf(draft).flatMap((preference) =>
      [...given, ...standing]
        .filter((rival) => preferencesOf(rival.draft).includes(preference))
        .map((rival) => ({
          file,
          code: "warning/shared-preference" satisfies Warning["code"],
          at: "/arguments",
          message: `${preference} is set by ${rival.called} too: ${consequence(draft, rival.draft)}`,
        })),
    );
  });
}

/** The recipes that clients get; those that only a client could judge, as QA publishes them, are left out. */
export async function liveRecipes(
  store: Pick<RecipeReader, "liveRevisions">,
): Promise<readonly Draft[]> {
  return liveDrafts(await store.liveRevisions());
}

/** As `liveRecipes`, of revisions that were read already. */
export function liveDrafts(revisions: readonly Pick<StoredRevision, "body">[]): readonly Draft[] {
  return revisions.flatMap(({ body }) => {
    const reading = readJson(body, { maxDepth: wireLimits.jsonDepth });
    return reading.ok ? (checkDraft(reading.value).draft ?? []) : [];
  });
}

function isOfOneRecipe(a: Draft, b: Draft): boolean {
  return (a.id !== undefined && a.id === b.id) || (a.slug !== undefined && a.slug === b.slug);
}

function consequence(a: Draft, b: Draft): string {
  return a.action === b.action
    ? "a browser that both reach lets the first have it and refuses the other"
    : "a browser that both reach shows the study's value for as long as the study runs";
}
