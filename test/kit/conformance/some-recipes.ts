import { type PreferenceValue, preferenceTypeOf } from "#recipes/arguments.ts";
import type { Dice } from "./dice.ts";
import type { NormandyRecipe } from "./history.ts";
import { slugIn } from "./publish.ts";

// Random recipes over few preferences, few values and few slugs, so that they meet.

/** Every preference with the values that it may take. One name goes on where another ends. */
export const pool: Readonly<Record<string, readonly PreferenceValue[]>> = {
  flag: [false, true],
  toggle: [true, false],
  count: [0, 1, -7],
  "count.more": [3, 4, 2_147_483_647],
  limit: [10, 20, -2_147_483_648],
  text: ["", "a", "b b"],
  "text.longer": ["x", '{"z":1}', '"\\'],
  word: ["one", "two", "three"],
};
export const names = Object.keys(pool);

const slugs = {
  "multi-preference-experiment": ["Study-A", "study_b", "study-c"],
  "preference-rollout": ["rollout-a", "rollout_b"],
  "preference-rollback": ["rollout-a", "rollout_b"],
  "branched-addon-study": ["addon-a", "Addon b"],
  "console-log": [""],
} as const;
type Action = keyof typeof slugs;

/** What one history's recipes are made of. */
export interface Taste {
  readonly actions: Readonly<Record<Action, number>>;
  readonly forStudies: readonly string[];
  readonly forRollouts: readonly string[];
}

/** Slugs of everything that a person can leave. */
export const leavable: readonly string[] = [
  ...slugs["multi-preference-experiment"],
  ...slugs["branched-addon-study"],
];

/** The recipes and a new one, unless there is one of its slug and action already. */
export function withAnother(
  recipes: readonly NormandyRecipe[],
  dice: Dice,
  taste: Taste,
): readonly NormandyRecipe[] {
  const id = 1 + Math.max(0, ...recipes.map((one) => one.id));
  const action = dice.weighed(taste.actions);
  const recipe = aRecipe(action, dice.pick(slugs[action]), id, dice, taste);
  const isThere = recipes.some((one) => one.action === action && slugIn(one) === slugIn(recipe));
  return isThere ? recipes : [...recipes, recipe];
}

/** The recipe with other arguments; its slug stays. */
export function edited(recipe: NormandyRecipe, dice: Dice, taste: Taste): NormandyRecipe {
  const action = recipe.action as Action;
  const other = aRecipe(action, slugIn(recipe) ?? "", recipe.id, dice, taste);
  const { preferences } = recipe.arguments;
  if (action !== "preference-rollout" || !Array.isArray(preferences) || dice.chance(0.4))
    return other;
  // Most edits of a rollout change some of it.
  const kept: readonly unknown[] = dice.some(preferences, dice.between(0, preferences.length));
  const more = other.arguments["preferences"];
  const all = [...kept, ...(Array.isArray(more) ? (more as readonly unknown[]) : [])];
  const byName = new Map(
    all.map((one) => [(one as { preferenceName: string }).preferenceName, one]),
  );
  return { ...other, arguments: { ...other.arguments, preferences: [...byName.values()] } };
}

/** The recipe with arguments that neither side understands. */
export function broken(recipe: NormandyRecipe): NormandyRecipe {
  const wrong = { isEnrollmentPaused: "no", preferences: 7, rolloutSlug: 7 };
  return { ...recipe, arguments: { ...recipe.arguments, ...wrong } };
}

function aRecipe(
  action: Action,
  slug: string,
  id: number,
  dice: Dice,
  taste: Taste,
): NormandyRecipe {
  return { id, action, arguments: argumentsOf(action, slug, dice, taste) };
}

function argumentsOf(
  action: Action,
  slug: string,
  dice: Dice,
  taste: Taste,
): NormandyRecipe["arguments"] {
  const study = {
    slug,
    userFacingName: "A study",
    userFacingDescription: "It tries something.",
    isEnrollmentPaused: dice.chance(0.1),
  };
  switch (action) {
    case "multi-preference-experiment":
      return {
        ...study,
        isHighPopulation: dice.chance(0.2),
        branches: branches(dice, () => ({ preferences: studyPreferences(dice, taste) })),
      };
    case "branched-addon-study":
      return { ...study, branches: branches(dice, () => ({ extensionApiId: null })) };
    case "preference-rollout":
      return {
        slug,
        preferences: dice
          .some(taste.forRollouts, dice.between(1, 3))
          .map((preferenceName) => ({ preferenceName, value: aValue(preferenceName, dice) })),
      };
    case "preference-rollback":
      return { rolloutSlug: slug };
    case "console-log":
      return { message: "hello" };
  }
}

function branches(dice: Dice, rest: () => object): readonly object[] {
  return Array.from({ length: dice.between(1, 3) }, (_, index) => ({
    slug: `branch-${String(index)}`,
    ratio: dice.between(1, 3),
    ...rest(),
  }));
}

function studyPreferences(dice: Dice, { forStudies }: Taste): object {
  return Object.fromEntries(
    dice.some(forStudies, dice.between(1, 2)).map((name) => {
      const preferenceValue = aValue(name, dice);
      const preferenceType = preferenceTypeOf(preferenceValue);
      const preferenceBranchType = dice.chance(0.6) ? "default" : "user";
      return [name, { preferenceValue, preferenceType, preferenceBranchType }];
    }),
  );
}

/** Nearly always of the type that the browser has under that name. */
function aValue(name: string, dice: Dice): PreferenceValue {
  return dice.pick(pool[dice.chance(0.96) ? name : dice.pick(names)] ?? []);
}
