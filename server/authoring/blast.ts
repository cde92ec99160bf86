import { actions } from "#actions/index.ts";
import { paperWorld, type SyntheticClient } from "#core/paper.ts";
import { type ProposedSet, runOnPaper } from "#core/simulate.ts";
import type { NormandyEvent } from "#telemetry/events.ts";

// What would change if one set of recipes took the place of another: every browser first works on
// the one and then on the other, by the extension's own core, and what it would tell is counted.

/** What a change would come to for one recipe. All counts are browsers. */
export interface RecipeBlast {
  readonly id: number;
  readonly slug: string;
  readonly action: string;
  readonly standing: Standing;
  /** Let in by the filter, of the set that is proposed. */
  readonly matches: number;
  /** In it afterwards, whether they were before or not. */
  readonly enrolled: number;
  /** In it afterwards, by branch; empty for what has no branches. */
  readonly branches: Readonly<Record<string, number>>;
  readonly enrol: number;
  /** In it before and after, with other values. */
  readonly change: number;
  readonly unenrol: number;
  /** Let in, and refused because of another recipe, or of what the browser is. */
  readonly refused: number;
  /** Why they were refused, or left. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** How a recipe stands in the proposed set to the live one. */
export type Standing = "new" | "changed" | "same" | "gone";

/** The whole of it, over so many browsers. */
export interface Blast {
  readonly clients: number;
  readonly recipes: readonly RecipeBlast[];
}

/** Two sets, and the moment at which browsers would run. */
export interface Exchange {
  readonly live: ProposedSet;
  readonly proposed: ProposedSet;
  readonly nowMs: number;
}

/** Counts what an exchange would come to in these browsers. */
export async function blastOver(
  exchange: Exchange,
  clients: AsyncIterable<SyntheticClient> | Iterable<SyntheticClient>,
): Promise<Blast> {
  const { live, proposed, nowMs } = exchange;
  const tallies = new Map(standings(exchange).map((tally) => [tally.id, tally]));
  const bySlug = new Map([...tallies.values()].map((tally) => [tally.slug, tally]));
  let count = 0;
  for await (const client of clients) {
    count += 1;
    const world = await paperWorld(client, nowMs);
    await runOnPaper(live, world, { actions, nowMs, isFirstRun: true });
    const before = world.events.length;
    for (const outcome of await runOnPaper(proposed, world, run(nowMs))) {
      const tally = tallies.get(outcome.id);
      if (tally === undefined || outcome.suitability !== "filter-match") continue;
      tally.matches += 1;
      if (!outcome.isEnrolled) continue;
      tally.enrolled += 1;
      if (outcome.branch !== undefined) add(tally.branches, outcome.branch);
    }
    for (const event of world.events.slice(before)) {
      const tally = bySlug.get(event.value);
      if (tally !== undefined) countEvent(tally, event);
    }
  }
  return { clients: count, recipes: [...tallies.values()] };
}

/** What several parts of the browsers come to together; each of one and the same exchange. */
export function sumOf(parts: readonly Blast[]): Blast {
  const [first, ...rest] = parts;
  if (first === undefined) return { clients: 0, recipes: [] };
  return rest.reduce(
    (sum, part) => ({
      clients: sum.clients + part.clients,
      recipes: sum.recipes.map((recipe, index) => together(recipe, part.recipes[index])),
    }),
    first,
  );
}

function run(nowMs: number): Parameters<typeof runOnPaper>[2] {
  return { actions, nowMs, isFirstRun: false };
}

type Counted = "matches" | "enrolled" | "enrol" | "change" | "unenrol" | "refused";
type Tally = Omit<RecipeBlast, Counted | "branches" | "reasons"> & {
  readonly [N in "branches" | "reasons"]: Record<string, number>;
} & { [N in Counted]: number };

/** An empty count for each recipe of either set, ids ascending. */
function standings({ live, proposed }: Exchange): readonly Tally[] {
  const all = [...proposed.entries];
  for (const entry of live.entries)
    if (!proposed.entries.some(({ id }) => id === entry.id)) all.push(entry);
  return all
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, slug, act }) => {
      const was = live.entries.find((entry) => entry.id === id);
      const is = proposed.entries.find((entry) => entry.id === id);
      return { id, slug, action: act, standing: standingOf(was?.sha256, is?.sha256), ...zero() };
    });
}

function standingOf(was: string | undefined, is: string | undefined): Standing {
  if (is === undefined) return "gone";
  if (was === undefined) return "new";
  return was === is ? "same" : "changed";
}

function zero(): Omit<Tally, "id" | "slug" | "action" | "standing"> {
  const none = { matches: 0, enrolled: 0, enrol: 0, change: 0, unenrol: 0, refused: 0 };
  return { ...none, branches: {}, reasons: {} };
}

function countEvent(tally: Tally, { method, extra }: NormandyEvent): void {
  const reason = "reason" in extra ? extra.reason : undefined;
  switch (method) {
    case "enroll":
      tally.enrol += 1;
      return;
    case "update":
      tally.change += 1;
      return;
    case "unenroll":
      tally.unenrol += 1;
      break;
    case "enrollFailed":
    case "updateFailed":
      tally.refused += 1;
      break;
    default:
      return;
  }
  if (reason !== undefined) add(tally.reasons, reason);
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + 1;
}

function together(a: RecipeBlast, b: RecipeBlast | undefined): RecipeBlast {
  if (b === undefined) return a;
  return {
    ...a,
    matches: a.matches + b.matches,
    enrolled: a.enrolled + b.enrolled,
    enrol: a.enrol + b.enrol,
    change: a.change + b.change,
    unenrol: a.unenrol + b.unenrol,
    refused: a.refused + b.refused,
    branches: union(a.branches, b.branches),
    reasons: union(a.reasons, b.reasons),
  };
}

function union(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
