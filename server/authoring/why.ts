import { actions } from "#actions/index.ts";
import { ContextFactory } from "#core/context.ts";
import { paperWorld, type SyntheticClient } from "#core/paper.ts";
import { type ProposedSet, runOnPaper } from "#core/simulate.ts";
import { type Inspected, inspectFilter } from "#recipes/filter-explain.ts";
import type { Draft } from "#recipes/recipe.ts";

/**
 * Why a browser would match a recipe, or not: every part of the filter with what it comes to there,
 * and what would have to be otherwise.
 *
 * @param live - what the browser has worked on before
 * @returns `undefined` for a recipe that every browser matches
 */
export async function whyOnPaper(
  draft: Draft,
  client: SyntheticClient,
  live: ProposedSet,
  nowMs: number,
): Promise<Inspected | undefined> {
  const { filter_expression: filter, id = 0, arguments: said } = draft;
  if (filter === "") return undefined;
  const world = await paperWorld(client, nowMs);
  await runOnPaper(live, world, { actions, nowMs, isFirstRun: true });
  const { ports, bench } = world;
  const contexts = await ContextFactory.prepare([draft], {
    settings: await ports.settings.read(),
    ports,
    book: bench.book,
    isFirstRun: false,
  });
  return inspectFilter(filter, contexts.of({ id, arguments: said }));
}
