import type { PreferenceBranch, PreferenceValue, PublishedAddon } from "#recipes/arguments.ts";

// What this browser remembers of the changes that recipes made in it.

interface EnrollmentBase {
  readonly slug: string;
  readonly recipeId: number;
  /** The revision that last acted. */
  readonly revision: string;
  /** UUID v4, unique to this enrolment, or the filler that telemetry off leaves. */
  readonly enrollmentId: string;
  readonly enrolledAtMs: number;
  /** The filter that matched when it last acted; absent in what older versions stored. */
  readonly filter?: string;
  /** When a manifest that was verified last listed the recipe. */
  readonly lastSeenMs: number;
  /** The id under which it did, where that is another: a study is its slug, whatever the id of its recipe. */
  readonly listedAs?: number;
  readonly endedAtMs?: number;
  /** An unenrol reason, or why it graduated; present once ended. */
  readonly endReason?: string;
}

interface StudyFields {
  readonly branch: string;
  readonly userFacingName: string;
  readonly userFacingDescription: string;
  /** Days since 1970, UTC, on which a run met a temporary error (bad signature, broken filter). */
  readonly temporaryErrorDays?: readonly number[];
  /** QA chose the branch: results leave such enrolments out. */
  readonly forced?: true;
}

export interface PreferenceStudyEnrollment extends EnrollmentBase, StudyFields {
  readonly kind: "preference-study";
  readonly state: "active" | "ended";
  readonly experimentType: "exp" | "exp-highpop";
  readonly preferences: Readonly<Record<string, StudyPreference>>;
}

export interface StudyPreference {
  readonly value: PreferenceValue;
  readonly branchType: PreferenceBranch;
  /** What the same branch held before; `null` when nothing. */
  readonly previous: PreferenceValue | null;
  /** The person's own value hides the study's. */
  readonly overridden: boolean;
  /** It did so when the study began, in this session of the browser: a change is told once more. */
  readonly sinceEnrollment?: true;
}

export interface PreferenceRolloutEnrollment extends EnrollmentBase {
  readonly kind: "preference-rollout";
  readonly state: "active" | "rolled-back" | "graduated" | "opted-out";
  readonly preferences: Readonly<
    Record<string, { readonly value: PreferenceValue; readonly previous: PreferenceValue | null }>
  >;
}

export interface AddonStudyEnrollment extends EnrollmentBase, StudyFields {
  readonly kind: "addon-study";
  /** `installing`: recorded before the add-on, so that a crash in between is found and made good. */
  readonly state: "installing" | "active" | "ended";
  /** `null` for a branch without an add-on. */
  readonly addon: PublishedAddon | null;
}

export interface AddonRolloutEnrollment extends EnrollmentBase {
  readonly kind: "addon-rollout";
  /** `installing` as for add-on studies. */
  readonly state: "installing" | "active" | "rolled-back" | "opted-out";
  /** What it installed last. The person may have removed it since: that is theirs, and changes nothing here. */
  readonly addon: PublishedAddon;
}

export type StudyEnrollment = PreferenceStudyEnrollment | AddonStudyEnrollment;
export type RolloutEnrollment = PreferenceRolloutEnrollment | AddonRolloutEnrollment;
export type AddonEnrollment = AddonStudyEnrollment | AddonRolloutEnrollment;
export type Enrollment = StudyEnrollment | RolloutEnrollment;
export type EnrollmentKind = Enrollment["kind"];

/** The key under which an enrolment is stored, for ever: one per kind and slug, for add-on studies per recipe. */
export type EnrollmentKey = `${EnrollmentKind}/${string}`;

export function keyOf<K extends string>({
  kind,
  slug,
  recipeId,
}: {
  readonly kind: K;
  readonly slug: string;
  readonly recipeId: number;
}): `${K}/${string}` {
  return `${kind}/${kind === "addon-study" ? String(recipeId) : slug}`;
}

/** Whether the enrolment changes anything in the browser now. */
export function isLive(enrollment: Enrollment): boolean {
  return enrollment.state === "active" || enrollment.state === "installing";
}

/** Live enrolments first, then by when they began. */
export function inOrder(enrollments: readonly Enrollment[]): readonly Enrollment[] {
  return enrollments.toSorted(
    (a, b) => Number(isLive(b)) - Number(isLive(a)) || b.enrolledAtMs - a.enrolledAtMs,
  );
}

export function isStudy(enrollment: Enrollment): enrollment is StudyEnrollment {
  return "branch" in enrollment;
}

export function hasAddon(enrollment: Enrollment): enrollment is AddonEnrollment {
  return "addon" in enrollment;
}
