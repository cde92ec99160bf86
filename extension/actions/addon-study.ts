import type { PublishedAddon } from "#recipes/arguments.ts";
import type { RecipeOf } from "#recipes/recipe.ts";
import { noAddonMarker } from "#telemetry/events.ts";
import type { Action, Decision, Situation } from "#core/action.ts";
import { done, refused } from "#core/decisions.ts";
import { type AddonStudyEnrollment, keyOf } from "#core/enrollment.ts";
import { insteadOf } from "#core/interrupted.ts";
import { leave } from "#core/leave.ts";
import type { Plan, Step } from "#core/plan.ts";
import { told } from "#core/steps.ts";
import { chooseBranch, decideUnmatched, enrollmentOf, goOn } from "#core/study.ts";

type Study = RecipeOf<"addon-study">;
type Branch = Study["arguments"]["branches"][number];

/** Installs the add-on of one branch, or none where the branch is a control, and removes it at the end. */
export const addonStudy: Action<"addon-study"> = {
  group: "study",

  needs: (recipe) => ({
    addons: recipe.arguments.branches.flatMap(({ addon }) =>
      addon === undefined ? [] : [addon.addon_id],
    ),
  }),

  decide(sighting, situation) {
    const enrollment = enrollmentOf("addon-study", sighting, situation);
    if (sighting.suitability !== "filter-match")
      return decideUnmatched(sighting.suitability, enrollment, situation.nowMs);
    if (enrollment?.state === "active") return update(sighting.recipe, enrollment, situation);
    if (enrollment?.state === "ended") return done("ended");
    // What a kill interrupted between record and add-on is begun again.
    const decision = enroll(sighting.recipe, enrollment, situation);
    return enrollment === undefined ? decision : insteadOf(enrollment, decision);
  },
};

function enroll(
  recipe: Study,
  interrupted: AddonStudyEnrollment | undefined,
  situation: Situation,
): Decision {
  if (recipe.arguments.isEnrollmentPaused && interrupted === undefined) return done("paused");
  const choice = chooseBranch(recipe.arguments.branches, recipe.slug, "addon-branch", situation);
  if (choice === undefined) return refused("no-branch");
  const { branch } = choice;
  const addon = addonOf(branch);
  if (addon === undefined) return fail(recipe.slug, branch.slug, "metadata-mismatch");
  const enrollment: AddonStudyEnrollment = {
    kind: "addon-study",
    slug: recipe.slug,
    recipeId: recipe.id,
    revision: recipe.revision_id,
    state: "active",
    branch: branch.slug,
    addon,
    enrollmentId: interrupted?.enrollmentId ?? situation.newEnrollmentId(),
    enrolledAtMs: situation.nowMs,
    filter: recipe.filter_expression,
    lastSeenMs: situation.nowMs,
    userFacingName: recipe.arguments.userFacingName,
    userFacingDescription: recipe.arguments.userFacingDescription,
    ...(choice.forced ? { forced: true } : {}),
  };
  if (addon === null) return done("enrolled", begun(enrollment));
  // Anybody else's add-on with that id is never touched.
  const replace = interrupted?.addon?.addon_id === addon.addon_id;
  if (situation.addons.has(addon.addon_id) && !replace)
    return fail(recipe.slug, branch.slug, "conflicting-addon-id");
  return done("enrolled", [
    // Recorded before it is installed: an add-on without a record would stay for ever.
    { do: "save-enrollment", enrollment: { ...enrollment, state: "installing" } },
    {
      do: "install-addon",
      addon,
      replace,
      otherwise: [
        { do: "forget-enrollment", key: keyOf(enrollment) },
        told("enrollFailed", "addon_study", recipe.slug, { branch: branch.slug }),
      ],
    },
    ...begun(enrollment),
  ]);
}

/** `null` is a branch without an add-on; `undefined` one whose add-on the server did not write in. */
function addonOf(branch: Branch): PublishedAddon | null | undefined {
  return branch.extensionApiId === null ? null : branch.addon;
}

function begun(enrollment: AddonStudyEnrollment): Plan {
  return [{ do: "save-enrollment", enrollment }, changed("enroll", enrollment)];
}

function changed(method: "enroll" | "update", enrollment: AddonStudyEnrollment): Step {
  const { slug, addon, branch, enrollmentId, forced } = enrollment;
  return told(method, "addon_study", slug, {
    addonId: addon?.addon_id ?? noAddonMarker,
    addonVersion: addon?.version ?? noAddonMarker,
    branch,
    enrollmentId,
    ...(forced === true && method === "enroll" ? { forced: "true" } : {}),
  });
}

function fail(slug: string, branch: string, reason: string): Decision {
  return refused(reason, [told("enrollFailed", "addon_study", slug, { reason, branch })]);
}

/** In Normandy's order: an add-on of the same version is not looked at any further. */
function update(recipe: Study, enrollment: AddonStudyEnrollment, situation: Situation): Decision {
  const { slug, addon, enrollmentId } = enrollment;
  const branch = recipe.arguments.branches.find((one) => one.slug === enrollment.branch);
  if (branch === undefined)
    return done("branch-removed", leave(enrollment, "branch-removed", situation.nowMs));
  const goesOn = goOn(enrollment);
  const extra = { branch: branch.slug, enrollmentId };
  const fail = (reason: string): Decision =>
    refused(reason, [
      ...goesOn.plan,
      told("updateFailed", "addon_study", slug, { reason, ...extra }),
    ]);
  const wanted = addonOf(branch) ?? null;
  if (addon === null && wanted === null) return goesOn;
  if (addon === null) return fail("addon-does-not-exist");
  if (wanted === null) return fail("addon-id-mismatch");
  const order = situation.compareVersions(wanted.version, addon.version);
  if (order === 0) return goesOn;
  if (order < 0) return fail("no-downgrade");
  if (addon.addon_id !== wanted.addon_id) return fail("addon-id-mismatch");
  // One that the person put in its place is theirs.
  if (situation.addons.get(addon.addon_id)?.isOurs !== true) return fail("addon-does-not-exist");
  const { temporaryErrorDays: _over, ...rest } = enrollment;
  const updated: AddonStudyEnrollment = {
    ...rest,
    addon: wanted,
    revision: recipe.revision_id,
    filter: recipe.filter_expression,
  };
  return done("updated", [
    ...goesOn.plan,
    {
      do: "install-addon",
      addon: wanted,
      replace: true,
      otherwise: [told("updateFailed", "addon_study", slug, extra)],
    },
    { do: "save-enrollment", enrollment: updated },
    changed("update", updated),
  ]);
}
