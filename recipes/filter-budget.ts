import { RecipeError } from "./errors.ts";

// What one evaluation of a filter may cost. A filter of 600 characters can ask for 40 to the power
// of 6 comparisons (`[.a == …]` inside of `[.a == …]`), and a background script that computes hears
// nobody: neither a timer nor the person who leaves. So work is counted where it can multiply.

/** Counted down to 0. One unit is about one node of the syntax tree, or one step of a search in a text. */
export interface Budget {
  left: number;
}

/** A few milliseconds of work. Ordinary filters need a few hundred units. */
export const evaluationUnits = 300_000;

/** What asking the browser for something or hashing a text costs, beside a node of the tree. */
export const costOfAsking = 300;

/** @throws RecipeError `filter/too-costly` once the budget is used up */
export function spend(budget: Budget, units: number): void {
  budget.left -= units;
  if (budget.left < 0)
    throw new RecipeError("filter/too-costly", "the filter takes too many steps on this client");
}

/** How much there is to look at when a value is compared or written out: list elements, all levels together. */
export function extentOf(value: unknown): number {
  if (!Array.isArray(value)) return 0;
  let extent = 0;
  for (const element of value as readonly unknown[]) {
    extent += 1 + extentOf(element);
    if (extent > evaluationUnits) break;
  }
  return extent;
}
