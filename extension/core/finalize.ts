import { canonicalAction } from "#recipes/aliases.ts";
import type { ActionName } from "#recipes/arguments.ts";
import type { ManifestEntry, ManifestPayload } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { applyOrTell, type Workbench } from "./apply.ts";
import { type Enrollment, isLive, isStudy, keyOf, type StudyEnrollment } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Plan } from "./plan.ts";
import { endure } from "./study.ts";

/** What is looked at of an entry. */
export type ListedEntry = Pick<ManifestEntry, "act" | "slug" | "id">;

/** An empty manifest, or one that would end this many studies and more than half of them, needs `mass-ok`. */
const massChange = 3;

/** What of a manifest says which enrolments go on. */
type Listed = Pick<ManifestPayload, "recipes" | "must">;

export interface Finalized {
  /** Whether the mass-change brake held the ends back. */
  readonly braked: boolean;
  /** Actions of which a study could not be ended. */
  readonly failed: ReadonlySet<ActionName>;
}

/**
 * What follows from the recipes that a verified manifest does not list: studies that are gone end,
 * an empty list is given a week, and every enrolment that is listed is marked as seen.
 *
 * One study that cannot be ended does not keep the others from it.
 *
 * @param besides - what is listed somewhere else, in QA's own manifest
 */
export async function finalize(
  manifest: Verified<Listed>,
  bench: Workbench,
  nowMs: number,
  besides: readonly ListedEntry[] = [],
): Promise<Finalized> {
  const idOf = listing([...manifest.recipes, ...besides]);
  const { braked, ends } = endings(manifest, bench.book.all(), nowMs, besides);
  const seen = bench.book
    .all()
    .filter(isLive)
    .flatMap((enrollment) => {
      const id = idOf(enrollment);
      return id === undefined ? [] : [asSeen(enrollment, id, nowMs)];
    });
  await bench.book.saveAll(seen);

  const failed = new Set<ActionName>();
  for (const { enrollment, plan } of ends)
    if (!(await applyOrTell(plan, bench))) failed.add(enrollment.kind);
  return { braked, failed };
}

/** What a verified manifest ends by not listing it; nothing while the brake holds it back. */
export function endings(
  manifest: Verified<Listed>,
  enrollments: readonly Enrollment[],
  nowMs: number,
  besides: readonly ListedEntry[] = [],
): {
  readonly braked: boolean;
  readonly ends: readonly { readonly enrollment: StudyEnrollment; readonly plan: Plan }[];
} {
  const idOf = listing([...manifest.recipes, ...besides]);
  const studies = enrollments.filter(isLive).filter(isStudy);
  const unseen = studies.filter((study) => idOf(study) === undefined);
  const isEmpty = manifest.recipes.length === 0;
  const isMassive = isEmpty || (unseen.length >= massChange && unseen.length * 2 > studies.length);
  const braked = isMassive && unseen.length > 0 && !manifest.must.includes("mass-ok");
  const ends = unseen.map((enrollment) => ({
    enrollment,
    plan: isEmpty
      ? endure(enrollment, "no-recipes", nowMs)
      : leave(enrollment, "recipe-not-seen", nowMs),
  }));
  return { braked, ends: braked ? [] : ends };
}

function asSeen(enrollment: Enrollment, id: number, nowMs: number): Enrollment {
  const { listedAs: _before, ...rest } = enrollment;
  return { ...rest, lastSeenMs: nowMs, ...(id === enrollment.recipeId ? {} : { listedAs: id }) };
}

/**
 * The id under which the manifest lists what stands behind an enrolment, if it does. As in Normandy a preference
 * study is its slug, whatever the id of its recipe, and an add-on study is its recipe.
 */
function listing(recipes: readonly ListedEntry[]): (enrollment: Enrollment) => number | undefined {
  const ids = new Map<string, number>(
    recipes.flatMap(({ act, slug, id: recipeId }): readonly [string, number][] => {
      const kind = canonicalAction(act);
      return kind === undefined ? [] : [[keyOf({ kind, slug, recipeId }), recipeId]];
    }),
  );
  return (enrollment) => ids.get(keyOf(enrollment));
}
