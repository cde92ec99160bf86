import {
  type ActionName,
  type ArgumentsOf,
  type PreferenceBranch,
  preferenceTypeOf,
  type PreferenceValue,
  type PublishedAddon,
} from "#recipes/arguments.ts";
import type { RecipeOf } from "#recipes/recipe.ts";

// Recipes for tests: each valid as it is, and different only in what a test says about it.

/** What a test may say about a recipe: any member, and any of its arguments. */
export type Overrides<N extends ActionName> = Partial<Omit<RecipeOf<N>, "arguments">> & {
  readonly arguments?: Partial<ArgumentsOf<N>>;
};

/** Two branches on one preference of the default branch, enrolment open. */
export function aPreferenceStudy(
  overrides: Overrides<"preference-study"> = {},
): RecipeOf<"preference-study"> {
  return aRecipe(
    "preference-study",
    {
      slug: "tab-study",
      userFacingName: "Tab study",
      userFacingDescription: "Tries another place for new tabs.",
      experimentDocumentUrl: "",
      isHighPopulation: false,
      isEnrollmentPaused: false,
      branches: [
        { slug: "control", ratio: 1, preferences: { "test.tabs.after": aStudyPreference(false) } },
        { slug: "treatment", ratio: 1, preferences: { "test.tabs.after": aStudyPreference(true) } },
      ],
    },
    overrides,
  );
}

/** One preference, set to `true`. */
export function aRollout(
  overrides: Overrides<"preference-rollout"> = {},
): RecipeOf<"preference-rollout"> {
  return aRecipe(
    "preference-rollout",
    {
      slug: "fast-tabs",
      preferences: [{ preferenceName: "test.tabs.fast", value: true }],
    },
    overrides,
  );
}

/** The end of `aRollout()`. */
export function aRollback(
  overrides: Overrides<"preference-rollback"> = {},
): RecipeOf<"preference-rollback"> {
  return aRecipe("preference-rollback", { rolloutSlug: "fast-tabs" }, overrides);
}

/** One branch without an add-on and one with `aPublishedAddon()`, enrolment open. */
export function anAddonStudy(overrides: Overrides<"addon-study"> = {}): RecipeOf<"addon-study"> {
  return aRecipe(
    "addon-study",
    {
      slug: "reader-study",
      userFacingName: "Reader study",
      userFacingDescription: "Tries a quieter reader view.",
      isEnrollmentPaused: false,
      branches: [
        { slug: "control", ratio: 1, extensionApiId: null },
        { slug: "treatment", ratio: 1, extensionApiId: 1, addon: aPublishedAddon() },
      ],
    },
    overrides,
  );
}

/** A question with five stars, asked once. */
export function aHeartbeat(
  overrides: Overrides<"show-heartbeat"> = {},
): RecipeOf<"show-heartbeat"> {
  return aRecipe(
    "show-heartbeat",
    {
      surveyId: "tabs-survey",
      message: "How do you like the new tabs?",
      thanksMessage: "Thank you!",
      postAnswerUrl: null,
      learnMoreMessage: null,
      learnMoreUrl: null,
      repeatOption: "once",
      repeatEvery: null,
      includeTelemetryUUID: false,
      engagementButtonLabel: null,
    },
    overrides,
  );
}

/** `aPublishedAddon()` for everybody who matches. */
export function anAddonRollout(
  overrides: Overrides<"addon-rollout"> = {},
): RecipeOf<"addon-rollout"> {
  return aRecipe(
    "addon-rollout",
    { slug: "quiet-reader", extensionApiId: 1, addon: aPublishedAddon() },
    overrides,
  );
}

/** The end of `anAddonRollout()`. */
export function anAddonRollback(
  overrides: Overrides<"addon-rollback"> = {},
): RecipeOf<"addon-rollback"> {
  return aRecipe("addon-rollback", { rolloutSlug: "quiet-reader" }, overrides);
}

/** A message for the log of the browser. */
export function aConsoleLog(overrides: Overrides<"console-log"> = {}): RecipeOf<"console-log"> {
  return aRecipe("console-log", { message: "Hello from a recipe." }, overrides);
}

/** What a server writes into a branch that has an add-on. */
export function aPublishedAddon(overrides: Partial<PublishedAddon> = {}): PublishedAddon {
  return {
    url: "http://127.0.0.1:8000/api/v1/extension/1/study.xpi",
    sha256: "0".repeat(64),
    size: 1_024,
    addon_id: "reader-study@mulberry.example",
    version: "1.0.0",
    ...overrides,
  };
}

/** A study's preference, on the default branch unless said otherwise, its type taken from the value. */
export function aStudyPreference(
  preferenceValue: PreferenceValue,
  preferenceBranchType: PreferenceBranch = "default",
): StudyPreference {
  return {
    preferenceType: preferenceTypeOf(preferenceValue),
    preferenceBranchType,
    preferenceValue,
  };
}

type StudyPreference = ArgumentsOf<"preference-study">["branches"][number]["preferences"][string];

function aRecipe<N extends ActionName>(
  action: N,
  defaults: ArgumentsOf<N>,
  { arguments: said, ...overrides }: Overrides<N>,
): RecipeOf<N> {
  const merged: ArgumentsOf<N> = { ...defaults, ...said };
  const id = overrides.id ?? 1;
  return {
    id,
    slug: slugIn(merged) ?? `recipe-${id}`,
    name: "A recipe for a test",
    revision_id: "1",
    action,
    filter_expression: "",
    capabilities: ["capabilities-v1", `action.${action}`].sort(),
    ...overrides,
    arguments: merged,
  };
}

function slugIn(said: ArgumentsOf<ActionName>): string | undefined {
  if ("slug" in said) return said.slug;
  return "surveyId" in said ? said.surveyId : undefined;
}
