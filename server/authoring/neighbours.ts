import { conflictsAmong } from "#recipes/conflicts.ts";
import { RecipeError } from "#recipes/errors.ts";
import type { Draft } from "#recipes/recipe.ts";
import { partsOf, type Sample, samplesIn } from "./samples.ts";

/** What another live recipe has to do with one. */
export interface Neighbour {
  readonly slug: string;
  readonly kind: "same-preference" | "same-browsers" | "other-browsers";
  /** The preference, or what the browsers are drawn by. */
  readonly about: string;
  /** Whether a browser that both reach refuses the second of them. */
  readonly isExclusive: boolean;
}

/**
 * The live recipes that want the same preferences, or draw browsers by the same inputs: those that
 * draw others share a namespace as they should, those that draw the same are in each other's way.
 *
 * @param live - as `liveRecipes` gives them; the recipe itself may be among them
 */
export function neighboursOf(draft: Draft, live: readonly Draft[]): readonly Neighbour[] {
  const others = live.filter(({ id, slug }) => id !== draft.id && slug !== draft.slug);
  return others.flatMap((other) => {
    const slug = other.slug ?? "";
    const preferences = conflictsAmong([draft, other]).map(
      ({ preference, exclusive }): Neighbour => ({
        slug,
        kind: "same-preference",
        about: preference,
        isExclusive: exclusive,
      }),
    );
    return [...preferences, ...sharedSamples(draft, other, slug)];
  });
}

function sharedSamples(draft: Draft, other: Draft, slug: string): readonly Neighbour[] {
  return samplesOf(draft).flatMap((mine) =>
    samplesOf(other)
      // Whole text, so a namespace of its own: by the id alone everybody is drawn alike anyway.
      .filter(({ inputs }) => inputs === mine.inputs && inputs.includes('"'))
      .map((theirs): Neighbour => ({
        slug,
        kind: overlaps(mine, theirs) ? "same-browsers" : "other-browsers",
        about: mine.inputs,
        isExclusive: false,
      })),
  );
}

function samplesOf({ filter_expression }: Draft): readonly Sample[] {
  if (filter_expression.trim() === "") return [];
  try {
    return samplesIn(filter_expression);
  } catch (error) {
    if (error instanceof RecipeError) return [];
    throw error;
  }
}

function overlaps(one: Sample, other: Sample): boolean {
  return partsOf(one).some(([from, to]) =>
    partsOf(other).some(([start, end]) => Math.max(from, start) < Math.min(to, end) - 1e-9),
  );
}
