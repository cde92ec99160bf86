import type { ActionName } from "#recipes/arguments.ts";
import type { ManifestEntry } from "#recipes/manifest.ts";
import type { RecipeOf, Verified } from "#recipes/recipe.ts";
import type { RecipeStatus } from "#telemetry/uptake.ts";
import type { Enrollment } from "./enrollment.ts";
import type { HeartbeatState } from "./heartbeat.ts";
import type { Plan } from "./plan.ts";
import type { InstalledAddon } from "./ports.ts";
import type { Journal, PreferenceState } from "./preferences.ts";

/**
 * How a recipe and this client stand to each other, the first that applies in this order. A bad
 * signature dominates: nothing of an unverified body is looked at.
 */
export type Suitability =
  | "signature-error"
  | "download-error"
  | "capabilities-mismatch"
  | "arguments-invalid"
  | "filter-error"
  | "filter-mismatch"
  | "filter-match";

/** What an action is told about one recipe of the manifest. Only a match carries the recipe. */
export type Sighting<N extends ActionName> =
  | {
      readonly suitability: "filter-match";
      readonly entry: ManifestEntry;
      readonly recipe: Verified<RecipeOf<N>>;
    }
  | {
      readonly suitability: Exclude<Suitability, "filter-match">;
      readonly entry: ManifestEntry;
    };

/** The world as an action may see it: read once, before it decides. */
export interface Situation {
  readonly nowMs: number;
  readonly userId: string;
  /** Every enrolment of this browser, live or ended. */
  readonly enrollments: readonly Enrollment[];
  /** State of every preference that the recipe or one of its enrolments names. */
  readonly preferences: ReadonlyMap<string, PreferenceState>;
  readonly journal: Journal;
  /** Installed add-ons, among those that the recipe or an enrolment names. */
  readonly addons: ReadonlyMap<string, InstalledAddon>;
  /** The survey on show, and when each recipe last asked. */
  readonly heartbeats: HeartbeatState;
  /** Slugs of preference rollouts that this build of the extension holds to be no longer needed. */
  readonly graduationSet: ReadonlySet<string>;
  /** Slug to branch, in dev mode. */
  readonly forcedBranches: Readonly<Record<string, string>>;
  /** SHA-256 of a text's UTF-8 bytes as lower-case hex. */
  readonly digest: (text: string) => string;
  /** Firefox's toolkit rules: negative when `a` is the older. */
  readonly compareVersions: (a: string, b: string) => number;
  /** Makes a UUID: an enrollment ID, or the id of one showing of a survey. */
  readonly newEnrollmentId: () => string;
}

/** What is to be done, and the one status that the recipe reports for this run. */
export interface Decision {
  readonly plan: Plan;
  readonly status: RecipeStatus;
  /** A richer cause beside the status, for example `paused`. */
  readonly reason?: string;
}

/** What makes an action's changes visible to a person: decides whose switch turns it off. */
export type ActionGroup = "study" | "rollout" | "survey" | "other";

/** The table of actions, as the composition root hands it to the core. */
export type Actions = { readonly [N in ActionName]: Action<N> };

/** One action: everything that can become of a recipe in this browser, as plans. */
export interface Action<N extends ActionName> {
  readonly group: ActionGroup;
  /** Names of the preferences and ids of the add-ons that `decide` will look at. */
  needs(recipe: RecipeOf<N>): {
    readonly preferences?: readonly string[];
    readonly addons?: readonly string[];
  };
  decide(sighting: Sighting<N>, situation: Situation): Decision;
}
