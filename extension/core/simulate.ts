import type { ManifestEntry, ManifestPayload } from "#recipes/manifest.ts";
import type { ActionName } from "#recipes/arguments.ts";
import type { Recipe, Verified } from "#recipes/recipe.ts";
import type { Actions, Suitability } from "./action.ts";
import { apply, type Workbench } from "./apply.ts";
import { clientCapabilities } from "./client-capabilities.ts";
import { ContextFactory } from "./context.ts";
import { finalize } from "./finalize.ts";
import { judgeFilter, type Reading, readRecipe } from "./judge.ts";
import { type PaperWorld, paperWorld, type SyntheticClient } from "./paper.ts";
import type { Plan } from "./plan.ts";
import { actionOf, decideOn } from "./run.ts";
import { act } from "./situation.ts";
import { mapVerified, verifyBody } from "./trust.ts";

/** A set of recipes as it would be published. */
export interface ProposedSet {
  readonly entries: readonly ManifestEntry[];
  /** Body text by the entry's `sha256`. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** What would become of one recipe in one browser. */
export interface SimulatedRecipe {
  readonly id: number;
  readonly slug: string;
  readonly suitability: Suitability | "unknown-action";
  readonly status: string;
  readonly reason?: string;
  /** Of a study that this browser would be in. */
  readonly branch?: string;
  /** Whether a change would be live in it afterwards. */
  readonly isEnrolled: boolean;
}

/**
 * Runs a set of recipes in one synthetic browser, by the very code that runs in a real one: only
 * network and engines are made of memory. Add-ons are taken to install.
 *
 * @param nowMs - the moment at which the browser would run
 */
export async function simulateClient(
  set: ProposedSet,
  client: SyntheticClient,
  actions: Actions,
  nowMs: number,
): Promise<readonly SimulatedRecipe[]> {
  const world = await paperWorld(client, nowMs);
  return runOnPaper(set, world, { actions, nowMs, isFirstRun: true });
}

/** How a browser on paper runs. */
export interface PaperRun {
  readonly actions: Actions;
  /** The moment at which it would run. */
  readonly nowMs: number;
  readonly isFirstRun: boolean;
}

/**
 * Runs a set in a browser on paper as it is by now: what the set no longer lists ends in it.
 *
 * @returns what became of each recipe, in the order of the set
 */
export async function runOnPaper(
  set: ProposedSet,
  world: PaperWorld,
  { actions, nowMs, isFirstRun }: PaperRun,
): Promise<readonly SimulatedRecipe[]> {
  const { ports, bench } = world;
  const settings = await ports.settings.read();
  const { readings, recipes, manifest } = readSet(set, world, actions);
  const contexts = await ContextFactory.prepare(recipes, {
    settings,
    ports,
    book: bench.book,
    isFirstRun,
  });
  const outcomes: SimulatedRecipe[] = [];
  for (const reading of readings) {
    const { id, slug } = reading.entry;
    const action = actionOf(reading);
    if (action === undefined) {
      outcomes.push({ id, slug, ...unheardOf(reading), isEnrolled: false });
      continue;
    }
    const input = { actions, settings, ports, bench };
    const isIn = bench.book.all().some((one) => one.recipeId === id || one.slug === slug);
    const { suitability, decision, plan } = isIn
      ? await decideOn(reading, action, input, contexts, nowMs)
      : await enter(reading, action, input, contexts, nowMs);
    await applyOnPaper(plan, bench);
    const enrollment =
      plan.length > 0 || isIn ? bench.book.all().find((one) => one.recipeId === id) : undefined;
    outcomes.push({
      id,
      slug,
      suitability,
      ...decision,
      ...(suitability === "filter-match" ? {} : { status: suitability }),
      isEnrolled: enrollment?.state === "active",
      ...(enrollment !== undefined && "branch" in enrollment ? { branch: enrollment.branch } : {}),
    });
  }
  // Most browsers are in nothing, and then nothing can end.
  if (bench.book.all().length > 0) await finalize(manifest, bench, nowMs);
  return outcomes;
}

/** As `decideOn`, in a browser that has nothing of the recipe: where it is not let in, nothing follows. */
async function enter(
  reading: Reading,
  action: ActionName,
  input: Parameters<typeof act>[4],
  contexts: ContextFactory,
  nowMs: number,
): Promise<{
  readonly suitability: Suitability;
  readonly decision: { readonly status: string; readonly reason?: string };
  readonly plan: Plan;
}> {
  const judged =
    reading.kind === "refused"
      ? { suitability: reading.suitability, reason: reading.reason }
      : await judgeFilter(reading.recipe, contexts.of(reading.recipe));
  const { suitability } = judged;
  if (reading.kind === "refused" || suitability !== "filter-match") {
    const why = judged.reason === undefined ? {} : { reason: judged.reason };
    return { suitability, decision: { status: suitability, ...why }, plan: [] };
  }
  const { entry, recipe } = reading;
  const sighting = { suitability, entry, recipe } as const;
  return { suitability, ...(await act(action, sighting, recipe, undefined, input, nowMs)) };
}

function unheardOf(
  reading: Reading,
): Pick<SimulatedRecipe, "suitability" | "status"> & { readonly reason?: string } {
  const suitability = "unknown-action";
  if (reading.kind !== "refused") return { suitability, status: suitability };
  return { suitability, status: reading.suitability, reason: reading.reason };
}

/** Fetching an add-on proves nothing on paper: it is taken to be there and to install. */
async function applyOnPaper(plan: Plan, bench: Workbench): Promise<void> {
  if (plan.length === 0) return;
  for (const step of plan)
    if (step.do === "install-addon")
      await bench.ports.addons?.install(step.addon, new Uint8Array(), { replace: step.replace });
  await apply(
    plan.filter((step) => step.do !== "install-addon"),
    bench,
  );
}

/** A set as browsers of one kind read it. */
interface ReadSet {
  readonly readings: readonly Reading[];
  readonly recipes: readonly Recipe[];
  readonly manifest: Verified<Pick<ManifestPayload, "recipes" | "must">>;
}

/** On paper nobody signs a manifest: it is believed for the sake of a text that says nothing. */
const nothing = verifyBody({ id: 0, sha256: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" }, "");

const read = new WeakMap<ProposedSet, Map<string, ReadSet>>();

/** Reads a set once for all browsers that can do the same. */
function readSet(set: ProposedSet, { ports, kind }: PaperWorld, actions: Actions): ReadSet {
  const kinds = read.get(set) ?? new Map<string, ReadSet>();
  read.set(set, kinds);
  const known = kinds.get(kind);
  if (known !== undefined) return known;
  const supported = clientCapabilities(actions, ports);
  const readings = set.entries.map((entry) => {
    const text = set.bodies.get(entry.sha256);
    const outcome = text === undefined ? undefined : held(entry, text);
    return readRecipe(entry, outcome, supported);
  });
  const fresh = {
    readings,
    recipes: readings.flatMap((reading) => (reading.kind === "read" ? [reading.recipe] : [])),
    manifest: mapVerified(nothing, () => ({ recipes: set.entries, must: [] })),
  };
  kinds.set(kind, fresh);
  return fresh;
}

function held(entry: ManifestEntry, text: string): Parameters<typeof readRecipe>[1] {
  return { kind: "body", body: verifyBody(entry, text) };
}
