import type { PreferenceValue } from "#recipes/arguments.ts";
import type { RecipeOf } from "#recipes/recipe.ts";
import type { Action, Decision, Situation } from "#core/action.ts";
import type { PreferenceRolloutEnrollment } from "#core/enrollment.ts";
import { done, refused, unmatched } from "#core/decisions.ts";
import { releaseAll } from "#core/leave.ts";
import type { Plan, Step } from "#core/plan.ts";
import { isUnwanted, rolloutOf } from "#core/rollout.ts";
import { told } from "#core/steps.ts";
import { preferenceTypeOf } from "#recipes/arguments.ts";

type Rollout = RecipeOf<"preference-rollout">;
type Refusal = {
  readonly reason: "conflict" | "invalid type" | "pref-locked";
  readonly preference: string;
};

/** Gives every matching client the same default values, and remembers what was there before. */
export const preferenceRollout: Action<"preference-rollout"> = {
  group: "rollout",

  needs: (recipe) => ({
    preferences: recipe.arguments.preferences.map(({ preferenceName }) => preferenceName),
  }),

  decide(sighting, situation) {
    if (sighting.suitability !== "filter-match") return unmatched(sighting.suitability);
    const { recipe } = sighting;
    if (situation.graduationSet.has(recipe.slug)) return done("in-graduation-set");
    const before = rolloutOf("preference-rollout", recipe.slug, situation);
    if (isUnwanted(before)) return done("opted-out");
    const refusal = refuse(recipe, situation);
    if (refusal !== undefined) return fail(recipe.slug, refusal.reason, refusal.preference);
    return before === undefined ? enroll(recipe, situation) : update(recipe, before, situation);
  },
};

function wantedBy(recipe: Rollout): ReadonlyMap<string, PreferenceValue> {
  return new Map(
    recipe.arguments.preferences.map(({ preferenceName, value }) => [preferenceName, value]),
  );
}

function refuse(recipe: Rollout, situation: Situation): Refusal | undefined {
  for (const [preference, value] of wantedBy(recipe)) {
    const taken = situation.enrollments.some(
      (other) =>
        other.kind === "preference-rollout" &&
        other.state === "active" &&
        other.slug !== recipe.slug &&
        Object.hasOwn(other.preferences, preference),
    );
    if (taken) return { reason: "conflict", preference };
    const state = situation.preferences.get(preference);
    if (state?.type !== undefined && state.type !== preferenceTypeOf(value))
      return { reason: "invalid type", preference };
    if (state?.locked === true) return { reason: "pref-locked", preference };
  }
  return undefined;
}

function fail(
  slug: string,
  reason: Refusal["reason"] | "would-be-no-op",
  preference?: string,
): Decision {
  const extra = { reason, ...(preference === undefined ? {} : { preference }) };
  return refused(reason, [told("enrollFailed", "preference_rollout", slug, extra)]);
}

/** What the default branch holds below any rollout: a study on top must not be taken for it. */
function defaultBelow(name: string, situation: Situation): PreferenceValue | null {
  const entry = Object.hasOwn(situation.journal, name) ? situation.journal[name] : undefined;
  return entry === undefined
    ? (situation.preferences.get(name)?.default ?? null)
    : entry.base.default;
}

function enroll(recipe: Rollout, situation: Situation): Decision {
  const wanted = wantedBy(recipe);
  if ([...wanted].every(([name, value]) => defaultBelow(name, situation) === value))
    return fail(recipe.slug, "would-be-no-op");
  const enrollment: PreferenceRolloutEnrollment = {
    kind: "preference-rollout",
    slug: recipe.slug,
    recipeId: recipe.id,
    revision: recipe.revision_id,
    state: "active",
    enrollmentId: situation.newEnrollmentId(),
    enrolledAtMs: situation.nowMs,
    filter: recipe.filter_expression,
    lastSeenMs: situation.nowMs,
    preferences: withPrevious(wanted, situation),
  };
  const { enrollmentId } = enrollment;
  return done("enrolled", [
    ...[...wanted].map(([name, value]) => claim(recipe.slug, name, value)),
    { do: "save-enrollment", enrollment },
    told("enroll", "preference_rollout", recipe.slug, { enrollmentId }),
  ]);
}

function update(
  recipe: Rollout,
  before: PreferenceRolloutEnrollment,
  situation: Situation,
): Decision {
  const wanted = wantedBy(recipe);
  const removed = Object.keys(before.preferences).filter((name) => !wanted.has(name));
  const isChanged = [...wanted].some(([name, value]) => before.preferences[name]?.value !== value);
  // What only the switch had ended goes on as it was.
  const resumes = before.state === "opted-out";
  if (removed.length === 0 && !isChanged && !resumes) return done(before.state);
  const { endedAtMs: _end, endReason: _reason, ...rest } = before;
  // An id lives as long as its change: what had ended and begins again is a new one.
  const enrollmentId =
    before.state === "active" ? before.enrollmentId : situation.newEnrollmentId();
  const plan: Plan = [
    ...releaseAll(recipe.slug, removed),
    ...claimsAgain(recipe, before),
    {
      do: "save-enrollment",
      enrollment: {
        ...rest,
        state: "active",
        enrollmentId,
        revision: recipe.revision_id,
        filter: recipe.filter_expression,
        preferences: {
          ...withPrevious(wanted, situation),
          ...Object.fromEntries(
            [...wanted].flatMap(([name, value]) => {
              const old = resumes ? undefined : before.preferences[name];
              return old === undefined ? [] : [[name, { value, previous: old.previous }]];
            }),
          ),
        },
      },
    },
    told("update", "preference_rollout", recipe.slug, {
      previousState: before.state,
      enrollmentId,
    }),
  ];
  return done("updated", plan);
}

function withPrevious(
  wanted: ReadonlyMap<string, PreferenceValue>,
  situation: Situation,
): PreferenceRolloutEnrollment["preferences"] {
  return Object.fromEntries(
    [...wanted].map(([name, value]) => [name, { value, previous: defaultBelow(name, situation) }]),
  );
}

/**
 * A rollout that had ended holds nothing any more and claims all it wants. As in Firefox, what it
 * says as before is set at the next start only, and below it is what was below it then.
 */
function claimsAgain(recipe: Rollout, before: PreferenceRolloutEnrollment): readonly Step[] {
  return [...wantedBy(recipe)].flatMap(([name, value]): readonly Step[] => {
    const old = before.preferences[name];
    const isNew = old?.value !== value;
    const step = claim(recipe.slug, name, value);
    switch (before.state) {
      case "active":
        return isNew ? [step] : [];
      case "opted-out":
        return [step];
      case "rolled-back":
      case "graduated": {
        const below = old === undefined ? {} : { below: old.previous };
        return [{ ...step, ...below, ...(isNew ? {} : { atNextStart: true }) }];
      }
    }
  });
}

function claim(
  slug: string,
  name: string,
  value: PreferenceValue,
): Extract<Step, { do: "claim-preference" }> {
  return { do: "claim-preference", name, owner: "rollout", slug, branch: "default", value };
}
