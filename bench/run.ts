import { someFilters } from "#kit/filters.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { type LastRun, openStage } from "#kit/stage.ts";
import { type PromiseResult, row } from "./promise.ts";

const recipes = 200;
const runs = 21;
const seed = 20_261_122;

/**
 * A whole run over 200 recipes that are there already, in Firefox: one 304, 200 bodies verified,
 * filters judged, one report each. Beside it, in the same runs, what of each is signatures and hashes.
 */
export async function run(): Promise<PromiseResult> {
  await using stage = await openStage();
  await stage.nextRun(undefined);
  await stage.publish(
    someFilters(recipes, seed).map((filter, index) =>
      aConsoleLog({ id: index + 1, filter_expression: filter }),
    ),
  );
  const first = await stage.run();
  const warm: LastRun[] = [];
  for (let index = 0; index < runs; index += 1) warm.push(await stage.run());
  const refused = warm.find(
    ({ runner, recipes: seen }) => runner !== "success" || Object.keys(seen).length !== recipes,
  );
  const total = median(warm.map(({ timings }) => timings.total));
  const verify = median(warm.map(({ timings }) => timings.verify));
  const firstTotal = first.timings.total;
  return {
    name: `run (${String(recipes)} recipes, median of ${String(runs)}, seed ${String(seed)}, in Firefox)`,
    rows: [
      row(
        "a run, bodies there already; beside it the first, which fetches",
        total,
        firstTotal,
        "ms",
      ),
      row("of a run, verification; beside it the whole run", verify, total, "ms"),
    ],
    ...(refused === undefined ? {} : { broken: `a run ended with ${refused.runner}` }),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
