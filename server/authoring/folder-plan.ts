import { isCoded, type Finding, RefusedFiles, ServerError } from "../errors.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { type CheckedDraft, toFinding } from "./drafts.ts";
import { predecessor, refuseOtherAction } from "./publish.ts";
import { type Shelf, type Standing, type StandingRecipe, standingOf } from "./shelf.ts";
import { saidIn, saidByDraft } from "./said.ts";

/** A recipe that is there. */
interface Known {
  readonly id: number;
  readonly slug: string;
}

/** What a file comes to where recipes are kept. */
export type FileStep =
  | { readonly do: "create"; readonly file: string; readonly slug: string | null }
  | (Known & {
      readonly do: "update";
      readonly file: string;
      /** From the newest revision to the file. */
      readonly changes: readonly Difference[];
    })
  /** It says what is there, and nobody was asked yet whether it may go live. */
  | (Known & { readonly do: "request"; readonly file: string; readonly state: Standing })
  | (Known & { readonly do: "nothing"; readonly file: string; readonly state: Standing });

/** What becomes of a recipe that no file speaks of any more. */
export type MissingStep = Known & {
  readonly do: "keep" | "disable";
  readonly state: Standing;
};

/** What a folder comes to, before anything is done. */
export interface FolderPlan {
  /** One for each file, in the order of the files. */
  readonly files: readonly FileStep[];
  /** Of recipes that are live or wait and that no file speaks of, ids ascending. */
  readonly missing: readonly MissingStep[];
}

/**
 * Holds recipe files against what is there.
 *
 * @param options.isMissingDisabled - whether a live recipe without a file is taken away from clients:
 *   a file that is gone never does that by itself
 * @param options.isWaitingLive - whether what waits for approval goes live by this, as it does on a
 *   development server
 * @throws RefusedFiles with everything for which no revision could be made
 */
export async function planFolder(
  drafts: readonly CheckedDraft[],
  shelf: Shelf,
  options: { readonly isMissingDisabled: boolean; readonly isWaitingLive: boolean },
): Promise<FolderPlan> {
  const recipes = await shelf.recipes();
  const findings: Finding[] = [];
  const files: FileStep[] = [];
  const spokenOf = new Map<number, string>();
  for (const checked of drafts) {
    try {
      const known = await knownBy(shelf, recipes, checked);
      const other = known && spokenOf.get(known.id);
      if (other !== undefined)
        throw new ServerError("recipe/duplicate-slug", `${other} is of the same recipe`);
      if (known !== undefined) spokenOf.set(known.id, checked.file);
      files.push(await stepOf(shelf, checked, known, options));
    } catch (error) {
      if (!isCoded(error)) throw error;
      findings.push(toFinding(checked.file, error));
    }
  }
  if (findings.length > 0) throw new RefusedFiles(findings);
  const missing: MissingStep[] = [];
  for (const recipe of recipes) {
    const { id, slug, live } = recipe;
    if (spokenOf.has(id)) continue;
    const state = await standingOf(shelf, recipe);
    if (live === null && state !== "waiting") continue;
    const isEnding = options.isMissingDisabled && live !== null;
    missing.push({ do: isEnding ? "disable" : "keep", id, slug, state });
  }
  return { files, missing };
}

/** Whether there is anything to do at all. */
export function isIdle({ files, missing }: FolderPlan): boolean {
  return (
    files.every((step) => step.do === "nothing") && missing.every((step) => step.do === "keep")
  );
}

/** The recipe of which a file would be the next revision. */
export async function knownBy(
  shelf: Shelf,
  recipes: readonly StandingRecipe[],
  { draft }: CheckedDraft,
): Promise<StandingRecipe | undefined> {
  const known = await predecessor(shelf, recipes, draft);
  if (known !== undefined) await refuseOtherAction(shelf, known, draft);
  return known;
}

async function stepOf(
  shelf: Shelf,
  checked: CheckedDraft,
  known: StandingRecipe | undefined,
  { isWaitingLive }: { readonly isWaitingLive: boolean },
): Promise<FileStep> {
  const { file, draft } = checked;
  if (known === undefined) return { do: "create", file, slug: draft.slug ?? null };
  const { id, slug } = known;
  const newest = await shelf.revision(known.latest);
  const changes = differencesOf(saidIn(newest), saidByDraft(checked, id));
  if (changes.length > 0) return { do: "update", file, id, slug, changes };
  const state = await standingOf(shelf, known);
  const isToDo = state === "unasked" || (isWaitingLive && state === "waiting");
  return { do: isToDo ? "request" : "nothing", file, id, slug, state };
}
