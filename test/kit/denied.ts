import type { PreferenceBranch } from "#recipes/arguments.ts";
import { deniedPreferences } from "#recipes/denied.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "./recipes.ts";

// Recipes that would set what no recipe may set, for every entry of the list.

/** A name that each entry covers. */
export const deniedNames: readonly string[] = deniedPreferences.map((entry) =>
  entry.endsWith("*") ? `${entry.slice(0, -1)}sample` : entry,
);

/** A study on that branch, whose other branch wants nothing; which of the two this client is in is left to chance. */
export function aDeniedStudy(id: number, name: string, branch: PreferenceBranch): Recipe {
  const slug = `denied-study-${String(id)}`;
  return aPreferenceStudy({
    id,
    arguments: {
      slug,
      branches: [
        { slug: "harmless", ratio: 1, preferences: { "test.harmless": aStudyPreference(true) } },
        { slug: "denied", ratio: 1, preferences: { [name]: aStudyPreference("x", branch) } },
      ],
    },
  });
}

export function aDeniedRollout(id: number, name: string): Recipe {
  const slug = `denied-rollout-${String(id)}`;
  return aRollout({
    id,
    arguments: {
      slug,
      preferences: [
        { preferenceName: `test.harmless.${String(id)}`, value: true },
        { preferenceName: name, value: "x" },
      ],
    },
  });
}

/** Every name with every action and branch that could set it. */
export function deniedRecipes(names: readonly string[] = deniedNames): readonly Recipe[] {
  return names.flatMap((name, index) => [
    aDeniedStudy(index * 3 + 1, name, "default"),
    aDeniedStudy(index * 3 + 2, name, "user"),
    aDeniedRollout(index * 3 + 3, name),
  ]);
}
