import type { History, HistoryStep } from "./history.ts";

/**
 * A smaller history that still shows what this one shows: steps, recipes and preferences are left
 * out one after the other for as long as `shows` holds.
 */
export async function shrink(
  history: History,
  shows: (smaller: History) => Promise<boolean>,
): Promise<History> {
  let best = history;
  for (;;) {
    const smaller = await firstThat(shorter(best), shows);
    if (smaller === undefined) return best;
    best = smaller;
  }
}

async function firstThat(
  candidates: Iterable<History>,
  shows: (smaller: History) => Promise<boolean>,
): Promise<History | undefined> {
  for (const candidate of candidates) if (await shows(candidate)) return candidate;
  return undefined;
}

function* shorter(history: History): Iterable<History> {
  const { steps, preferences } = history;
  for (const index of steps.keys()) yield { ...history, steps: without(steps, index) };
  for (const [index, step] of steps.entries()) {
    if (step.do !== "run") continue;
    for (const at of step.recipes.keys()) {
      const fewer: HistoryStep = { ...step, recipes: without(step.recipes, at) };
      if (fewer.recipes.length > 0) yield { ...history, steps: steps.with(index, fewer) };
    }
  }
  for (const [index, step] of steps.entries()) {
    if (step.do !== "run") continue;
    for (const [at, sighted] of step.recipes.entries()) {
      const { branches, preferences: wanted } = sighted.recipe.arguments;
      const put = (said: Readonly<Record<string, unknown>>): History => ({
        ...history,
        steps: steps.with(index, {
          ...step,
          recipes: step.recipes.with(at, {
            ...sighted,
            recipe: { ...sighted.recipe, arguments: { ...sighted.recipe.arguments, ...said } },
          }),
        }),
      });
      if (Array.isArray(branches) && branches.length > 1)
        for (const which of branches.keys()) yield put({ branches: without(branches, which) });
      if (Array.isArray(wanted) && wanted.length > 1)
        for (const which of wanted.keys()) yield put({ preferences: without(wanted, which) });
    }
  }
  for (const name of Object.keys(preferences)) {
    const { [name]: _left, ...rest } = preferences;
    if (!JSON.stringify(steps).includes(JSON.stringify(name)))
      yield { ...history, preferences: rest };
  }
}

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.toSpliced(index, 1);
}
