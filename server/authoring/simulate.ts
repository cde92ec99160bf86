import { actions } from "#actions/index.ts";
import { simulateClient } from "#core/simulate.ts";
import { type Conflict, conflictsAmong } from "#recipes/conflicts.ts";
import type { RecipeReader } from "../store/ports.ts";
import type { CheckedDraft } from "./drafts.ts";
import { syntheticClient } from "./population.ts";
import { propose } from "./proposed.ts";

/** What a set of recipes would do to a population. */
export interface Simulation {
  readonly clients: number;
  readonly seed: string;
  readonly recipes: readonly SimulatedOutcome[];
  readonly conflicts: readonly (Conflict & {
    /** Browsers that match at least two of these recipes. */
    readonly clients: number;
  })[];
}

export interface SimulatedOutcome {
  readonly id: number;
  readonly slug: string;
  readonly action: string;
  /** Browsers that the filter lets in. */
  readonly matches: number;
  readonly enrolled: number;
  /** Enrolled browsers by branch; empty for what has no branches. */
  readonly branches: Readonly<Record<string, number>>;
  /** Browsers by what the recipe comes to: the status of one that runs, else why it does not run. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Browsers by the richer cause beside it, where there is one. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * Runs the extension's own core over synthetic browsers, as if these recipes were the whole live set.
 *
 * @param options.extensions - where `extensionApiId` is looked up
 * @throws RefusedFiles `extension/not-found`
 */
export async function simulate(
  drafts: readonly CheckedDraft[],
  options: {
    readonly clients: number;
    readonly seed: string;
    readonly nowMs: number;
    readonly extensions: Pick<RecipeReader, "extension">;
  },
): Promise<Simulation> {
  const { clients, seed, nowMs } = options;
  const { set, slugs } = await propose(drafts, options);
  const tallies = new Map(set.entries.map((entry) => [entry.id, newTally()]));
  const conflicts = conflictsAmong(
    drafts.map(({ draft }, index) => ({ ...draft, slug: slugs[index] ?? "" })),
  ).map((conflict) => ({ ...conflict, clients: 0 }));
  for (let number = 0; number < clients; number += 1) {
    const matching = new Set<string>();
    const client = syntheticClient(seed, number, nowMs);
    for (const outcome of await simulateClient(set, client, actions, nowMs)) {
      const tally = tallies.get(outcome.id);
      if (tally === undefined) continue;
      count(tally.statuses, outcome.status);
      if (outcome.reason !== undefined) count(tally.reasons, outcome.reason);
      if (outcome.suitability !== "filter-match") continue;
      matching.add(outcome.slug);
      tally.matches += 1;
      if (!outcome.isEnrolled) continue;
      tally.enrolled += 1;
      if (outcome.branch !== undefined) count(tally.branches, outcome.branch);
    }
    for (const conflict of conflicts)
      if (conflict.slugs.filter((slug) => matching.has(slug)).length > 1) conflict.clients += 1;
  }
  const recipes = set.entries.map(({ id, slug, act }) => {
    const { matches, enrolled, branches, statuses, reasons } = tallies.get(id) ?? newTally();
    return {
      id,
      slug,
      action: act,
      matches,
      enrolled,
      branches: sorted(branches),
      statuses: sorted(statuses),
      reasons: sorted(reasons),
    };
  });
  return { clients, seed, recipes, conflicts };
}

interface Tally {
  matches: number;
  enrolled: number;
  readonly branches: Map<string, number>;
  readonly statuses: Map<string, number>;
  readonly reasons: Map<string, number>;
}

function newTally(): Tally {
  return { matches: 0, enrolled: 0, branches: new Map(), statuses: new Map(), reasons: new Map() };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
