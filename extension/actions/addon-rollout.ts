import type { PublishedAddon } from "#recipes/arguments.ts";
import type { RecipeOf } from "#recipes/recipe.ts";
import type { Action, Decision, Situation } from "#core/action.ts";
import { done, refused, unmatched } from "#core/decisions.ts";
import type { AddonRolloutEnrollment } from "#core/enrollment.ts";
import { hasAddon, isLive, keyOf } from "#core/enrollment.ts";
import { insteadOf } from "#core/interrupted.ts";
import type { Plan, Step } from "#core/plan.ts";
import { isUnwanted, rolloutOf } from "#core/rollout.ts";
import { told } from "#core/steps.ts";

type Rollout = RecipeOf<"addon-rollout">;
type Before = AddonRolloutEnrollment | undefined;

/**
 * Gives every matching client the same add-on, and the versions that follow. Nobody asks whether it is
 * still there: a person who removes it has it back with another version only.
 */
export const addonRollout: Action<"addon-rollout"> = {
  group: "rollout",

  needs: ({ arguments: { addon } }) => ({ addons: addon === undefined ? [] : [addon.addon_id] }),

  decide(sighting, situation) {
    if (sighting.suitability !== "filter-match") return unmatched(sighting.suitability);
    const { recipe } = sighting;
    const before = rolloutOf("addon-rollout", recipe.slug, situation);
    if (isUnwanted(before)) return done("opted-out");
    const isOn = before !== undefined && isLive(before);
    const id = isOn ? before.enrollmentId : situation.newEnrollmentId();
    // What a kill interrupted between record and add-on is begun again.
    return before?.state === "installing"
      ? insteadOf(before, consider(recipe, undefined, id, situation))
      : consider(recipe, before, id, situation);
  },
};

/** @param enrollmentId - of the enrolment that this leads to */
function consider(
  recipe: Rollout,
  before: Before,
  enrollmentId: string,
  situation: Situation,
): Decision {
  const { addon } = recipe.arguments;
  // The server did not write it in.
  if (addon === undefined) return fail(recipe, before, "metadata-mismatch");
  const isOther = before !== undefined && before.addon.addon_id !== addon.addon_id;
  // A rollout that was rolled back, too, has to bring another version.
  const isSame =
    before !== undefined &&
    before.state !== "opted-out" &&
    !isOther &&
    situation.compareVersions(before.addon.version, addon.version) === 0;
  if (isSame) return done(before.state);
  const rival = rivalOf(recipe.slug, addon, situation);
  if (rival !== undefined) return conflict(recipe.slug, addon, rival);
  if (isOther) return fail(recipe, before, "addon-id-changed");
  const installed = situation.addons.get(addon.addon_id);
  if (installed !== undefined) {
    if (situation.compareVersions(installed.version, addon.version) > 0)
      return fail(recipe, before, "upgrade-required");
    // The person's own is never touched.
    if (installed.isOurs !== true) return conflict(recipe.slug, addon);
  }
  const enrollment: AddonRolloutEnrollment = {
    kind: "addon-rollout",
    slug: recipe.slug,
    recipeId: recipe.id,
    revision: recipe.revision_id,
    state: "active",
    enrollmentId,
    enrolledAtMs: before?.state === "active" ? before.enrolledAtMs : situation.nowMs,
    filter: recipe.filter_expression,
    lastSeenMs: situation.nowMs,
    addon,
  };
  return done(
    before === undefined ? "enrolled" : "updated",
    install(enrollment, before, installed !== undefined),
  );
}

/** Whoever else has that add-on in this browser. */
function rivalOf(
  slug: string,
  { addon_id: id }: PublishedAddon,
  { enrollments }: Situation,
): string | undefined {
  return enrollments.find(
    (other) =>
      isLive(other) &&
      hasAddon(other) &&
      other.addon?.addon_id === id &&
      !(other.kind === "addon-rollout" && other.slug === slug),
  )?.slug;
}

function conflict(slug: string, { addon_id: addonId }: PublishedAddon, rival?: string): Decision {
  const reason = "conflict";
  const extra = { reason, addonId, ...(rival === undefined ? {} : { conflictingSlug: rival }) };
  return refused(reason, [told("enrollFailed", "addon_rollout", slug, extra)]);
}

function fail({ slug }: Rollout, before: Before, reason: string): Decision {
  return refused(reason, [failed(slug, before, { reason })]);
}

function failed(slug: string, before: Before, extra: { readonly reason?: string }): Step {
  return before === undefined
    ? told("enrollFailed", "addon_rollout", slug, extra)
    : told("updateFailed", "addon_rollout", slug, { ...extra, enrollmentId: before.enrollmentId });
}

function install(enrollment: AddonRolloutEnrollment, before: Before, replace: boolean): Plan {
  const { slug, addon, enrollmentId } = enrollment;
  // An add-on without a record would stay for ever: what does not run yet is recorded before it is installed.
  const isNew = before?.state !== "active";
  const restored: Step =
    before === undefined
      ? { do: "forget-enrollment", key: keyOf(enrollment) }
      : { do: "save-enrollment", enrollment: before };
  return [
    ...(isNew
      ? [{ do: "save-enrollment", enrollment: { ...enrollment, state: "installing" } } as const]
      : []),
    {
      do: "install-addon",
      addon,
      replace,
      otherwise: [...(isNew ? [restored] : []), failed(slug, before, {})],
    },
    { do: "save-enrollment", enrollment },
    told(before === undefined ? "enroll" : "update", "addon_rollout", slug, {
      addonId: addon.addon_id,
      addonVersion: addon.version,
      enrollmentId,
    }),
  ];
}
