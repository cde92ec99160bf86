import type {
  AddonRolloutEnrollment,
  AddonStudyEnrollment,
  Enrollment,
  PreferenceRolloutEnrollment,
  PreferenceStudyEnrollment,
} from "./enrollment.ts";
import { preferenceTypeOf } from "#recipes/arguments.ts";

// What filters see of this browser's own enrolments, in the field names that Normandy's recipes use.

/** `normandy.experiments`: slugs of preference studies. */
export function experimentsFact(enrollments: readonly Enrollment[]): {
  readonly all: readonly string[];
  readonly active: readonly string[];
  readonly expired: readonly string[];
} {
  const studies = enrollments.filter(({ kind }) => kind === "preference-study");
  return {
    all: studies.map(({ slug }) => slug),
    active: studies.filter(({ state }) => state === "active").map(({ slug }) => slug),
    expired: studies.filter(({ state }) => state !== "active").map(({ slug }) => slug),
  };
}

/** `normandy.studies`: preference and add-on studies by slug. */
export function studiesFact(enrollments: readonly Enrollment[]): {
  readonly pref: Readonly<Record<string, unknown>>;
  readonly addon: Readonly<Record<string, unknown>>;
} {
  return {
    pref: bySlug(enrollments, "preference-study", preferenceStudyFact),
    addon: bySlug(enrollments, "addon-study", addonStudyFact),
  };
}

/** `normandy.rollouts`: rollouts by slug. */
export function rolloutsFact(enrollments: readonly Enrollment[]): {
  readonly pref: Readonly<Record<string, unknown>>;
  readonly addon: Readonly<Record<string, unknown>>;
} {
  return {
    pref: bySlug(enrollments, "preference-rollout", rolloutFact),
    addon: bySlug(enrollments, "addon-rollout", addonRolloutFact),
  };
}

function bySlug<K extends Enrollment["kind"]>(
  enrollments: readonly Enrollment[],
  kind: K,
  tell: (enrollment: Extract<Enrollment, { kind: K }>) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    enrollments
      .filter((one): one is Extract<Enrollment, { kind: K }> => one.kind === kind)
      .map((one) => [one.slug, tell(one)]),
  );
}

function preferenceStudyFact(enrollment: PreferenceStudyEnrollment): unknown {
  return {
    slug: enrollment.slug,
    branch: enrollment.branch,
    expired: enrollment.state !== "active",
    lastSeen: new Date(enrollment.lastSeenMs).toISOString(),
    experimentType: enrollment.experimentType,
    userFacingName: enrollment.userFacingName,
    userFacingDescription: enrollment.userFacingDescription,
    preferences: Object.fromEntries(
      Object.entries(enrollment.preferences).map(([name, preference]) => [
        name,
        {
          preferenceValue: preference.value,
          preferenceType: preferenceTypeOf(preference.value),
          preferenceBranchType: preference.branchType,
          previousPreferenceValue: preference.previous,
          overridden: preference.overridden,
        },
      ]),
    ),
  };
}

function addonStudyFact(enrollment: AddonStudyEnrollment): unknown {
  return {
    recipeId: enrollment.recipeId,
    slug: enrollment.slug,
    branch: enrollment.branch,
    active: enrollment.state === "active",
    userFacingName: enrollment.userFacingName,
    userFacingDescription: enrollment.userFacingDescription,
    addonId: enrollment.addon?.addon_id ?? null,
    addonVersion: enrollment.addon?.version ?? null,
    addonUrl: enrollment.addon?.url ?? null,
    extensionHash: enrollment.addon?.sha256 ?? null,
    extensionHashAlgorithm: enrollment.addon === null ? null : "sha256",
    studyStartDate: new Date(enrollment.enrolledAtMs),
    studyEndDate: enrollment.endedAtMs === undefined ? null : new Date(enrollment.endedAtMs),
  };
}

function rolloutFact(enrollment: PreferenceRolloutEnrollment): unknown {
  return {
    slug: enrollment.slug,
    state: enrollment.state,
    preferences: Object.entries(enrollment.preferences).map(
      ([preferenceName, { value, previous }]) => ({
        preferenceName,
        value,
        previousValue: previous,
      }),
    ),
  };
}

function addonRolloutFact({ recipeId, slug, state, addon }: AddonRolloutEnrollment): unknown {
  return {
    recipeId,
    slug,
    state,
    addonId: addon.addon_id,
    addonVersion: addon.version,
    xpiUrl: addon.url,
    xpiHash: addon.sha256,
    xpiHashAlgorithm: "sha256",
  };
}
