import type { Draft, Instruction } from "./recipe.ts";

/** One preference that several recipes want to set. */
export interface Conflict {
  readonly preference: string;
  /** The recipes' slugs, in the order given. */
  readonly slugs: readonly string[];
  /**
   * Whether two of them are of one kind: a client lets the first have it and refuses the second. A study
   * and a rollout may share one: the study's value hides the rollout's for as long as it runs.
   */
  readonly exclusive: boolean;
}

/** Every preference that a recipe may change, over all its branches, sorted. */
export function preferencesOf(instruction: Instruction): readonly string[] {
  return [...new Set(claims(instruction))].sort();
}

/** Every preference that at least two of these recipes claim, sorted by name. */
export function conflictsAmong(
  recipes: readonly (Instruction & Pick<Draft, "slug">)[],
): readonly Conflict[] {
  const claimants = new Map<string, { slug: string; action: string }[]>();
  for (const recipe of recipes) {
    for (const preference of preferencesOf(recipe)) {
      const others = claimants.get(preference) ?? [];
      claimants.set(preference, [...others, { slug: recipe.slug ?? "", action: recipe.action }]);
    }
  }
  return [...claimants]
    .filter(([, claimed]) => claimed.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([preference, claimed]) => ({
      preference,
      slugs: claimed.map(({ slug }) => slug),
      exclusive: new Set(claimed.map(({ action }) => action)).size < claimed.length,
    }));
}

function claims(instruction: Instruction): readonly string[] {
  switch (instruction.action) {
    case "preference-study":
      return instruction.arguments.branches.flatMap(({ preferences }) => Object.keys(preferences));
    case "preference-rollout":
      return instruction.arguments.preferences.map(({ preferenceName }) => preferenceName);
    case "preference-rollback":
    case "addon-study":
    case "addon-rollout":
    case "addon-rollback":
    case "show-heartbeat":
    case "console-log":
      return [];
  }
}
