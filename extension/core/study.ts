import type { Decision, Sighting, Situation, Suitability } from "./action.ts";
import type { ActionName } from "#recipes/arguments.ts";
import { type Digest, ratioSample } from "#recipes/sampling.ts";
import type { StudyEnrollment } from "./enrollment.ts";
import { done, unmatched } from "./decisions.ts";
import { isLive } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Plan } from "./plan.ts";

// What preference studies and add-on studies have in common: how they are left, and how a branch is chosen.

const dayMs = 86_400_000;
/** A broken filter or a bad signature may be ours to mend: a study lives on with it on this many days. */
const graceDays = 7;

/** What becomes of a study whose recipe does not match: nothing, one more day of grace, or its end. */
export function decideUnmatched(
  suitability: Exclude<Suitability, "filter-match">,
  enrollment: StudyEnrollment | undefined,
  nowMs: number,
): Decision {
  return unmatched(
    suitability,
    enrollment === undefined || !isLive(enrollment) ? [] : follow(suitability, enrollment, nowMs),
  );
}

function follow(
  suitability: Exclude<Suitability, "filter-match">,
  enrollment: StudyEnrollment,
  nowMs: number,
): Plan {
  switch (suitability) {
    case "capabilities-mismatch":
      return leave(enrollment, "capability-mismatch", nowMs);
    case "arguments-invalid":
    case "filter-mismatch":
      return leave(enrollment, suitability, nowMs);
    case "signature-error":
    case "filter-error":
      return endure(enrollment, suitability, nowMs);
    case "download-error":
      // A body that did not arrive says nothing about the study.
      return [];
  }
}

/**
 * What a passing error does. Days count on which a run met one, UTC, whether in a row or not: a browser
 * that was off for a week has used no grace. Seven are granted; an error on one more day ends the study.
 */
export function endure(
  enrollment: StudyEnrollment,
  reason: "signature-error" | "filter-error" | "no-recipes",
  nowMs: number,
): Plan {
  const today = Math.floor(nowMs / dayMs);
  const days = enrollment.temporaryErrorDays ?? [];
  if (days.includes(today)) return [];
  if (days.length >= graceDays) return leave(enrollment, reason, nowMs);
  const temporaryErrorDays = [...days, today];
  return [{ do: "save-enrollment", enrollment: { ...enrollment, temporaryErrorDays } }];
}

/** The study goes on: what a temporary error began is forgotten. */
export function goOn(enrollment: StudyEnrollment): Decision {
  const { temporaryErrorDays, ...rest } = enrollment;
  return done(
    "enrolled",
    temporaryErrorDays === undefined
      ? []
      : [{ do: "save-enrollment", enrollment: rest as StudyEnrollment }],
  );
}

/**
 * The branch that this client belongs to, for ever: by ratio over a hash of its id and the slug.
 *
 * @param salt - keeps preference and add-on studies from choosing alike: `branch`, `addon-branch`
 */
export function chooseBranch<B extends { readonly slug: string; readonly ratio: number }>(
  branches: readonly B[],
  slug: string,
  salt: "branch" | "addon-branch",
  situation: Pick<Situation, "userId" | "digest" | "forcedBranches">,
): { readonly branch: B; readonly forced: boolean } | undefined {
  const wanted = Object.hasOwn(situation.forcedBranches, slug)
    ? situation.forcedBranches[slug]
    : undefined;
  const forced = branches.find((branch) => branch.slug === wanted);
  if (forced !== undefined) return { branch: forced, forced: true };
  const digest: Digest = situation.digest;
  const index = ratioSample(
    `${situation.userId}-${slug}-${salt}`,
    branches.map(({ ratio }) => ratio),
    digest,
  );
  const branch = branches[index];
  return branch === undefined ? undefined : { branch, forced: false };
}

/**
 * The live or ended enrolment of the recipe in hand: Normandy knows preference studies by their slug and
 * add-on studies by their recipe.
 */
export function enrollmentOf<K extends StudyEnrollment["kind"]>(
  kind: K,
  { entry }: Sighting<ActionName>,
  { enrollments }: Situation,
): Extract<StudyEnrollment, { kind: K }> | undefined {
  return enrollments.find(
    (enrollment): enrollment is Extract<StudyEnrollment, { kind: K }> =>
      enrollment.kind === kind &&
      (kind === "addon-study" ? enrollment.recipeId === entry.id : enrollment.slug === entry.slug),
  );
}
