import type { PreferenceValue } from "#recipes/arguments.ts";
import { Dice } from "./dice.ts";
import type { Held, History, HistoryStep, NormandyRecipe, Sighted, Standing } from "./history.ts";
import { namesIn } from "./publish.ts";
import { broken, edited, leavable, names, pool, type Taste, withAnother } from "./some-recipes.ts";

// Random histories from a seed.

/** What a history is mostly about. */
const tastes = {
  studies: { "multi-preference-experiment": 8, "preference-rollout": 1 },
  rollouts: { "preference-rollout": 5, "preference-rollback": 3 },
  everything: {
    "multi-preference-experiment": 5,
    "preference-rollout": 3,
    "preference-rollback": 1,
    "branched-addon-study": 2,
    "console-log": 1,
  },
} as const;
const noActions = {
  "multi-preference-experiment": 0,
  "preference-rollout": 0,
  "preference-rollback": 0,
  "branched-addon-study": 0,
  "console-log": 0,
};

const unsuitable: readonly Standing[] = [
  "FILTER_MISMATCH",
  "FILTER_ERROR",
  "CAPABILITIES_MISMATCH",
  "SIGNATURE_ERROR",
];

/** The history of that number among those of a seed. */
export function aRandomHistory(seed: number, number: number): History {
  const dice = new Dice(Math.imul(seed, 1_000_003) + number);
  const taste = aTaste(dice);
  const preferences = Object.fromEntries(names.map((name) => [name, aHeld(name, dice)]));
  const restarts = dice.chance(0.4);
  let recipes: readonly NormandyRecipe[] = [];
  for (let tries = dice.between(1, 4); tries > 0; tries -= 1)
    recipes = withAnother(recipes, dice, taste);
  const steps: HistoryStep[] = [allMatch(recipes)];
  for (let left = dice.between(2, 9); left > 0; left -= 1) {
    const what = dice.weighed({
      run: 45,
      edit: 35,
      leave: 3,
      "allow-studies": 3,
      wait: 5,
      restart: restarts ? 12 : 0,
    });
    if (what === "run") recipes = republished(recipes, dice, taste);
    steps.push(aStep(what, recipes, dice));
  }
  return { userId: dice.uuid(), preferences, steps };
}

function aTaste(dice: Dice): Taste {
  const about = dice.weighed({ studies: 3, rollouts: 3, everything: 4 });
  const shuffled = dice.some(names, about === "everything" ? names.length : dice.between(2, 5));
  // Where a study and a rollout may want one preference, they soon do, and there the sides part.
  const areApart = about !== "rollouts" && dice.chance(0.85);
  const half = Math.ceil(shuffled.length / 2);
  return {
    actions: { ...noActions, ...tastes[about] },
    forStudies: areApart ? shuffled.slice(0, half) : shuffled,
    forRollouts: areApart ? shuffled.slice(half) : shuffled,
  };
}

function aHeld(name: string, dice: Dice): Held {
  const value = dice.chance(0.75) ? aValue(name, dice) : null;
  const user = dice.chance(0.25) ? aValue(name, dice) : null;
  // To set what is the default anyway sets nothing.
  return { default: value, user: user === value ? null : user };
}

function aValue(name: string, dice: Dice): PreferenceValue {
  return dice.pick(pool[name] ?? []);
}

function allMatch(recipes: readonly NormandyRecipe[]): HistoryStep {
  const all = recipes.map((recipe): Sighted => ({ recipe, standing: "FILTER_MATCH" }));
  return { do: "run", recipes: all };
}

function republished(
  recipes: readonly NormandyRecipe[],
  dice: Dice,
  taste: Taste,
): readonly NormandyRecipe[] {
  const after = recipes.map((one) => (dice.chance(0.25) ? edited(one, dice, taste) : one));
  return dice.chance(0.3) ? withAnother(after, dice, taste) : after;
}

function aStep(
  what: HistoryStep["do"],
  recipes: readonly NormandyRecipe[],
  dice: Dice,
): HistoryStep {
  switch (what) {
    case "run":
      return dice.chance(0.04)
        ? { do: "run", recipes: [] }
        : { do: "run", recipes: recipes.flatMap((one) => sightings(one, dice)) };
    case "edit": {
      const wanted = recipes.flatMap(namesIn).filter((name) => names.includes(name));
      const name = dice.pick(wanted.length > 0 && dice.chance(0.8) ? wanted : names);
      const branch = dice.chance(0.7) ? "user" : "default";
      const isReset = branch === "user" && dice.chance(0.35);
      return { do: "edit", name, branch, value: isReset ? null : aValue(name, dice) };
    }
    case "leave":
      return { do: "leave", slug: dice.pick(leavable) };
    case "allow-studies":
      return { do: "allow-studies", on: dice.chance(0.5) };
    case "wait":
      return { do: "wait", days: dice.pick([1, 6, 8]) };
    case "restart": {
      const rebuilt = dice.chance(0.5) ? dice.some(names, dice.between(1, 4)) : [];
      const builtIn = Object.fromEntries(rebuilt.map((name) => [name, aValue(name, dice)]));
      return { do: "restart", builtIn };
    }
  }
}

/** None, for a recipe that is not in this set. */
function sightings(recipe: NormandyRecipe, dice: Dice): readonly Sighted[] {
  if (dice.chance(0.1)) return [];
  const standing = dice.chance(0.7) ? "FILTER_MATCH" : dice.pick(unsuitable);
  return [{ recipe: dice.chance(0.03) ? broken(recipe) : recipe, standing }];
}
