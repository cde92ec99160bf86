import { type ActionName, preferenceTypeOf, type PreferenceValue } from "#recipes/arguments.ts";
import type { ManifestEntry } from "#recipes/manifest.ts";
import type { Recipe, RecipeOf } from "#recipes/recipe.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import type { Sighting, Situation, Suitability } from "#core/action.ts";
import { digest } from "#core/digest.ts";
import type {
  AddonRolloutEnrollment,
  AddonStudyEnrollment,
  PreferenceRolloutEnrollment,
  PreferenceStudyEnrollment,
} from "#core/enrollment.ts";
import type { InstalledAddon } from "#core/ports.ts";
import type { PreferenceState } from "#core/preferences.ts";
import { mapVerified, verifyBody } from "#core/trust.ts";
import { publish } from "./authority.ts";
import { aPublishedAddon } from "./recipes.ts";

// What an action is told, for tests: the world as it may see it, and how a recipe stands to it.

export const nowMs = 1_795_000_000_000;
export const dayMs = 86_400_000;
export const someUserId = "00000000-0000-4000-8000-000000000003";

/** The enrollment ID that `aSituation().newEnrollmentId()` makes. */
export const freshId = "11111111-1111-4111-8111-111111111111";
/** The enrollment ID of every enrolment made here. */
export const keptId = "22222222-2222-4222-8222-222222222222";

/** An empty browser of a client who falls into the second of two equal branches of the studies of recipes.ts. */
export function aSituation(overrides: Partial<Situation> = {}): Situation {
  return {
    nowMs,
    userId: someUserId,
    enrollments: [],
    preferences: new Map(),
    journal: {},
    addons: new Map(),
    heartbeats: { seen: {} },
    graduationSet: new Set(),
    forcedBranches: {},
    digest,
    compareVersions: versionCompare,
    newEnrollmentId: () => freshId,
    ...overrides,
  };
}

/** A preference as the browser holds it, its type taken from what is there. */
export function aState(overrides: Partial<PreferenceState> = {}): PreferenceState {
  const { user = null, default: value = null } = overrides;
  const held = value ?? user;
  return {
    type: held === null ? undefined : preferenceTypeOf(held),
    user,
    default: value,
    locked: false,
    ...overrides,
  };
}

/** States by name, each a default value. */
export function defaults(
  values: Readonly<Record<string, PreferenceValue>>,
): ReadonlyMap<string, PreferenceState> {
  return new Map(Object.entries(values).map(([name, value]) => [name, aState({ default: value })]));
}

/** The recipe matches this client. */
export function aMatch<N extends ActionName>(recipe: RecipeOf<N> & Recipe): Sighting<N> {
  const { entry, bytes } = publish({ recipe });
  const body = verifyBody(entry, new TextDecoder().decode(bytes));
  return { suitability: "filter-match", entry, recipe: mapVerified(body, () => recipe) };
}

/** The recipe does not match, for this reason. */
export function aMiss(
  suitability: Exclude<Suitability, "filter-match">,
  recipe: Recipe,
): Sighting<never> {
  return { suitability, entry: entryOf(recipe) };
}

export function entryOf(recipe: Recipe): ManifestEntry {
  return publish({ recipe }).entry;
}

const base = {
  recipeId: 1,
  revision: "1",
  enrollmentId: keptId,
  enrolledAtMs: nowMs - dayMs,
  filter: "",
  lastSeenMs: nowMs - dayMs,
} as const;

/** Live in the second branch of `aPreferenceStudy()`. */
export function aStudyEnrollment(
  overrides: Partial<PreferenceStudyEnrollment> = {},
): PreferenceStudyEnrollment {
  return {
    kind: "preference-study",
    slug: "tab-study",
    ...base,
    state: "active",
    branch: "treatment",
    experimentType: "exp",
    userFacingName: "Tab study",
    userFacingDescription: "Tries another place for new tabs.",
    preferences: {
      "test.tabs.after": { value: true, branchType: "default", previous: false, overridden: false },
    },
    ...overrides,
  };
}

/** Live in `aRollout()`. */
export function aRolloutEnrollment(
  overrides: Partial<PreferenceRolloutEnrollment> = {},
): PreferenceRolloutEnrollment {
  return {
    kind: "preference-rollout",
    slug: "fast-tabs",
    ...base,
    state: "active",
    preferences: { "test.tabs.fast": { value: true, previous: false } },
    ...overrides,
  };
}

/** Live in the second branch of `anAddonStudy()`. */
export function anAddonEnrollment(
  overrides: Partial<AddonStudyEnrollment> = {},
): AddonStudyEnrollment {
  return {
    kind: "addon-study",
    slug: "reader-study",
    ...base,
    state: "active",
    branch: "treatment",
    addon: aPublishedAddon(),
    userFacingName: "Reader study",
    userFacingDescription: "Tries a quieter reader view.",
    ...overrides,
  };
}

/** Live in `anAddonRollout()`. */
export function anAddonRolloutEnrollment(
  overrides: Partial<AddonRolloutEnrollment> = {},
): AddonRolloutEnrollment {
  return {
    kind: "addon-rollout",
    slug: "quiet-reader",
    ...base,
    state: "active",
    addon: aPublishedAddon(),
    ...overrides,
  };
}

/** One of our add-ons, as the browser has it. */
export function installed(
  overrides: Partial<InstalledAddon> = {},
): ReadonlyMap<string, InstalledAddon> {
  const { addon_id: id, version } = aPublishedAddon();
  return new Map([[id, { id, version, isActive: true, isOurs: true, ...overrides }]]);
}
