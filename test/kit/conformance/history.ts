import type { PreferenceBranch, PreferenceValue } from "#recipes/arguments.ts";

// A history: what happens to one browser, written down so that two sides can live through it.
// Preferences are named without the part that tells whose copy it is.

/** How a recipe and the browser stand to each other, in the words of Firefox's own table. */
export type Standing =
  "FILTER_MATCH" | "FILTER_MISMATCH" | "FILTER_ERROR" | "CAPABILITIES_MISMATCH" | "SIGNATURE_ERROR";

/** A recipe as Normandy's server wrote it: its names of actions, its forms of arguments. */
export interface NormandyRecipe {
  readonly id: number;
  readonly action: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface Sighted {
  readonly recipe: NormandyRecipe;
  readonly standing: Standing;
}

export type HistoryStep =
  /**
   * @param recipes - by rising id, as a manifest lists them
   * @param meant - whether the set says that it means to end most studies; it does unless told otherwise
   */
  | { readonly do: "run"; readonly recipes: readonly Sighted[]; readonly meant?: false }
  /** A person in about:config; `null` resets. */
  | {
      readonly do: "edit";
      readonly name: string;
      readonly branch: PreferenceBranch;
      readonly value: PreferenceValue | null;
    }
  /** A person on the page of studies. */
  | { readonly do: "leave"; readonly slug: string }
  | { readonly do: "allow-studies"; readonly on: boolean }
  | { readonly do: "wait"; readonly days: number }
  /**
   * The browser ends and starts again.
   * @param builtIn - defaults that the new version is built with, where they differ from before
   * @param meanwhile - what the person sets while it does not run
   * @param studiesOff - studies are switched off while it does not run
   */
  | {
      readonly do: "restart";
      readonly builtIn?: Readonly<Record<string, PreferenceValue | null>>;
      readonly meanwhile?: Readonly<Record<string, PreferenceValue | null>>;
      readonly studiesOff?: true;
    };

/** What one preference holds on each branch; `null` is nothing. */
export interface Held {
  readonly default: PreferenceValue | null;
  readonly user: PreferenceValue | null;
}

export interface History {
  /** The randomisation id, which decides on branches. */
  readonly userId: string;
  /** What the browser is built with and what the person has set, before the first step. */
  readonly preferences: Readonly<Record<string, Held & { readonly locked?: true }>>;
  readonly steps: readonly HistoryStep[];
}

/** A line for the browser and one for each step, for somebody who looks for a mistake. */
export function describeHistory({ userId, preferences, steps }: History): readonly string[] {
  const held = Object.entries(preferences).map(([name, { default: value, user }]) => {
    const own = user === null ? "" : ` (set to ${JSON.stringify(user)})`;
    return `${name} = ${JSON.stringify(value)}${own}`;
  });
  return [
    `a browser of ${userId} with ${held.join(", ")}`,
    ...steps.map((step, index) => `${String(index)}. ${describeStep(step)}`),
  ];
}

function describeStep(step: HistoryStep): string {
  switch (step.do) {
    case "run":
      return `run: ${step.recipes.map(describeSighted).join("; ") || "no recipe at all"}`;
    case "edit":
      return `set ${step.name} to ${JSON.stringify(step.value)} on the ${step.branch} branch`;
    case "leave":
      return `leave ${step.slug}`;
    case "allow-studies":
      return `switch studies ${step.on ? "on" : "off"}`;
    case "wait":
      return `wait ${String(step.days)} days`;
    case "restart": {
      const { do: _do, ...said } = step;
      return `restart ${JSON.stringify(said)}`;
    }
  }
}

function describeSighted({ recipe, standing }: Sighted): string {
  const said = JSON.stringify(recipe.arguments);
  return `${standing} for recipe ${String(recipe.id)}, ${recipe.action} ${said}`;
}
