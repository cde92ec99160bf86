import { isPreferenceBranch, preferenceTypeOf } from "#recipes/arguments.ts";
import type { RecipeOf } from "#recipes/recipe.ts";
import type { Action, Decision, Situation } from "#core/action.ts";
import { done, refused } from "#core/decisions.ts";
import type { PreferenceStudyEnrollment, StudyPreference } from "#core/enrollment.ts";
import type { Step } from "#core/plan.ts";
import { told } from "#core/steps.ts";
import { chooseBranch, decideUnmatched, enrollmentOf, goOn } from "#core/study.ts";

type Study = RecipeOf<"preference-study">;
type Branch = Study["arguments"]["branches"][number];

/** Gives each matching client the preferences of one branch, and gives back what was there when it ends. */
export const preferenceStudy: Action<"preference-study"> = {
  group: "study",

  needs: (recipe) => ({
    preferences: recipe.arguments.branches.flatMap(({ preferences }) => Object.keys(preferences)),
  }),

  decide(sighting, situation) {
    const enrollment = enrollmentOf("preference-study", sighting, situation);
    if (sighting.suitability !== "filter-match")
      return decideUnmatched(sighting.suitability, enrollment, situation.nowMs);
    if (enrollment?.state === "active")
      return hasOddBranch(sighting.recipe)
        ? decideUnmatched("arguments-invalid", enrollment, situation.nowMs)
        : goOn(enrollment);
    // Once over, a study is over for this client.
    return enrollment === undefined ? consider(sighting.recipe, situation) : done("ended");
  },
};

/** Whether some preference is to be set on a branch that is none. */
function hasOddBranch({ arguments: { branches } }: Study): boolean {
  return branches.some(({ preferences }) =>
    Object.values(preferences).some(
      ({ preferenceBranchType }) => !isPreferenceBranch(preferenceBranchType),
    ),
  );
}

/** Normandy's other refusals (`name-conflict`, `pref-conflict`, `experiment-type-too-long`) no recipe can come to. */
function consider(recipe: Study, situation: Situation): Decision {
  // Over all branches, not only the one that would be chosen: else a conflict would favour a branch.
  const wanted = new Set(recipe.arguments.branches.flatMap((b) => Object.keys(b.preferences)));
  // Normandy tells no event of it either.
  if (situation.enrollments.some((other) => holdsOneOf(other, wanted)))
    return refused("pref-conflict");
  if (recipe.arguments.isEnrollmentPaused) return done("paused");
  const choice = chooseBranch(recipe.arguments.branches, recipe.slug, "branch", situation);
  if (choice === undefined) return refused("no-branch");
  const refusal = refuse(choice.branch, situation);
  return refusal === undefined
    ? enroll(recipe, choice.branch, choice.forced, situation)
    : refused(refusal.reason, [told("enrollFailed", "preference_study", recipe.slug, refusal)]);
}

function holdsOneOf(other: Situation["enrollments"][number], names: ReadonlySet<string>): boolean {
  return (
    other.kind === "preference-study" &&
    other.state === "active" &&
    Object.keys(other.preferences).some((name) => names.has(name))
  );
}

/** What the event of a refusal tells, or `undefined` when there is none. */
function refuse(
  branch: Branch,
  situation: Situation,
):
  | { readonly reason: "invalid-branch"; readonly preferenceBranch: string }
  | { readonly reason: "invalid-type" }
  | { readonly reason: "pref-locked"; readonly preferenceName: string }
  | undefined {
  for (const [name, wanted] of Object.entries(branch.preferences)) {
    const { preferenceType, preferenceValue, preferenceBranchType: preferenceBranch } = wanted;
    if (!isPreferenceBranch(preferenceBranch))
      return { reason: "invalid-branch", preferenceBranch };
    const state = situation.preferences.get(name);
    const fits =
      preferenceTypeOf(preferenceValue) === preferenceType &&
      (state?.type === undefined || state.type === preferenceType);
    if (!fits) return { reason: "invalid-type" };
    if (state?.locked === true) return { reason: "pref-locked", preferenceName: name };
  }
  return undefined;
}

function enroll(recipe: Study, branch: Branch, forced: boolean, situation: Situation): Decision {
  const { slug } = recipe;
  const preferences = Object.fromEntries(
    Object.entries(branch.preferences).map(([name, wanted]): [string, StudyPreference] => {
      const state = situation.preferences.get(name);
      const branchType = wanted.preferenceBranchType === "user" ? "user" : "default";
      return [
        name,
        {
          value: wanted.preferenceValue,
          branchType,
          previous: state?.[branchType] ?? null,
          ...(branchType === "default" && (state?.user ?? null) !== null
            ? { overridden: true, sinceEnrollment: true }
            : { overridden: false }),
        },
      ];
    }),
  );
  const enrollment: PreferenceStudyEnrollment = {
    kind: "preference-study",
    slug,
    recipeId: recipe.id,
    revision: recipe.revision_id,
    state: "active",
    branch: branch.slug,
    enrollmentId: situation.newEnrollmentId(),
    enrolledAtMs: situation.nowMs,
    filter: recipe.filter_expression,
    lastSeenMs: situation.nowMs,
    userFacingName: recipe.arguments.userFacingName,
    userFacingDescription: recipe.arguments.userFacingDescription,
    experimentType: recipe.arguments.isHighPopulation ? "exp-highpop" : "exp",
    preferences,
    ...(forced ? { forced } : {}),
  };
  const claims = Object.entries(preferences).map(
    ([name, { value, branchType, overridden }]): Step => ({
      do: "claim-preference",
      name,
      owner: "study",
      slug,
      branch: branchType,
      value,
      // Below the person's own value a default makes no difference now, and would take an equal one away.
      ...(overridden ? { atNextStart: true } : {}),
    }),
  );
  const { experimentType, enrollmentId } = enrollment;
  const names = Object.keys(preferences).filter((name) => preferences[name]?.overridden);
  return done("enrolled", [
    // Undo records land with the values; the enrolment follows, and what is told comes last.
    ...claims,
    { do: "save-enrollment", enrollment },
    told("enroll", "preference_study", slug, {
      experimentType,
      branch: branch.slug,
      enrollmentId,
      ...(forced ? { forced: "true" } : {}),
    }),
    ...names.map((preferenceName) =>
      told("expPrefChanged", "preference_study", slug, {
        preferenceName,
        reason: "atEnroll",
        enrollmentId,
      }),
    ),
  ]);
}
