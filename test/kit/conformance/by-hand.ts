import {
  type PreferenceBranch,
  preferenceTypeOf,
  type PreferenceValue,
} from "#recipes/arguments.ts";
import type { History, HistoryStep, NormandyRecipe, Sighted, Standing } from "./history.ts";

// Histories written by hand, in few words.

/** Falls into the first of two equal branches of a study called `study`. */
export const somebody = "00000000-0000-4000-8000-000000000001";

type Said = Readonly<Record<string, unknown>>;

/** @param preferences - name to the default, or to `[default, user]` */
export function aHistory(
  preferences: Readonly<
    Record<string, PreferenceValue | null | readonly [PreferenceValue | null, PreferenceValue]>
  >,
  ...steps: readonly HistoryStep[]
): History {
  const held = Object.entries(preferences).map(([name, one]) => {
    const [byDefault, user] = Array.isArray(one)
      ? (one as readonly PreferenceValue[])
      : [one, null];
    return [name, { default: byDefault, user }];
  });
  return {
    userId: somebody,
    preferences: Object.fromEntries(held) as History["preferences"],
    steps,
  };
}

/** A study's preference, on the default branch unless it is said otherwise. */
export function toBe(value: PreferenceValue, branch: PreferenceBranch = "default"): object {
  return {
    preferenceValue: value,
    preferenceType: preferenceTypeOf(value),
    preferenceBranchType: branch,
  };
}

/** One branch with these preferences; enrolment is open. */
export function study(preferences: Said, said: Said = {}, id = 1): NormandyRecipe {
  return {
    id,
    action: "multi-preference-experiment",
    arguments: {
      slug: "study",
      userFacingName: "A study",
      userFacingDescription: "It tries something.",
      isHighPopulation: false,
      isEnrollmentPaused: false,
      branches: [{ slug: "only", ratio: 1, preferences }],
      ...said,
    },
  };
}

export function rollout(
  values: Readonly<Record<string, unknown>>,
  said: Said = {},
  id = 11,
): NormandyRecipe {
  const preferences = Object.entries(values).map(([preferenceName, value]) => ({
    preferenceName,
    value,
  }));
  return { id, action: "preference-rollout", arguments: { slug: "rollout", preferences, ...said } };
}

export function rollback(rolloutSlug = "rollout", id = 21): NormandyRecipe {
  return { id, action: "preference-rollback", arguments: { rolloutSlug } };
}

/** A study with branches that have no add-on. */
export function addonStudy(branches: readonly string[], said: Said = {}, id = 31): NormandyRecipe {
  return {
    id,
    action: "branched-addon-study",
    arguments: {
      slug: "addon-study",
      userFacingName: "An add-on study",
      userFacingDescription: "It tries nothing.",
      isEnrollmentPaused: false,
      branches: branches.map((slug) => ({ slug, ratio: 1, extensionApiId: null })),
      ...said,
    },
  };
}

/** So that a set is not empty. */
export const other: NormandyRecipe = {
  id: 99,
  action: "console-log",
  arguments: { message: "hello" },
};

/** A run over recipes that match, or stand as is said, in the order of their ids. */
export function run(...recipes: readonly (NormandyRecipe | Sighted)[]): HistoryStep {
  const sighted = recipes.map((one) => ("standing" in one ? one : as("FILTER_MATCH", one)));
  return { do: "run", recipes: sighted.sort((a, b) => a.recipe.id - b.recipe.id) };
}

export function as(standing: Standing, recipe: NormandyRecipe): Sighted {
  return { recipe, standing };
}

export function set(
  name: string,
  value: PreferenceValue | null,
  branch: PreferenceBranch = "user",
): HistoryStep {
  return { do: "edit", name, branch, value };
}

export function restart(
  said: Omit<Extract<HistoryStep, { do: "restart" }>, "do"> = {},
): HistoryStep {
  return { do: "restart", ...said };
}

export function wait(days: number): HistoryStep {
  return { do: "wait", days };
}

export function leave(slug: string): HistoryStep {
  return { do: "leave", slug };
}

export function studies(on: boolean): HistoryStep {
  return { do: "allow-studies", on };
}
