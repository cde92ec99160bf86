import type { ActionName } from "#recipes/arguments.ts";
import type { Recipe } from "#recipes/recipe.ts";
import type { NormandyEvent } from "#telemetry/events.ts";
import type { RecipeStatus } from "#telemetry/uptake.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import type { Action, Actions, Decision, Sighting, Situation } from "./action.ts";
import type { Workbench } from "./apply.ts";
import { digest } from "./digest.ts";
import type { Plan } from "./plan.ts";
import type { InstalledAddon, Ports, Settings } from "./ports.ts";

/** What a recipe reports, and why. */
export interface Verdict {
  readonly status: RecipeStatus;
  readonly reason?: string;
}

interface World {
  readonly actions: Actions;
  readonly settings: Settings;
  readonly ports: Ports;
  readonly bench: Workbench;
  readonly graduationSet?: ReadonlySet<string> | undefined;
}

/**
 * Asks the action what it makes of one recipe, in the world as it is now.
 *
 * @param cause - the finer reason behind the suitability, told where the action names none
 */
export async function act(
  name: ActionName,
  sighting: Sighting<ActionName>,
  recipe: Recipe | undefined,
  cause: string | undefined,
  world: World,
  nowMs: number,
): Promise<{ readonly decision: Verdict; readonly plan: Plan }> {
  const action = world.actions[name] as Action<ActionName>;
  const needs = recipe === undefined ? {} : action.needs(recipe);
  const situation = await readSituation(needs, world, nowMs);
  const denied = [...situation.preferences].find(([, state]) => state.denied)?.[0];
  const { plan, status, reason }: Decision =
    denied === undefined
      ? action.decide(sighting, situation)
      : refuseDenied(name, sighting.entry.slug, denied);
  const told = sighting.suitability === "filter-match" ? reason : (cause ?? reason);
  return { plan, decision: told === undefined ? { status } : { status, reason: told } };
}

/** Refused as a whole, whichever branch names it: else the other branches would be favoured. */
function refuseDenied(action: ActionName, slug: string, name: string): Decision {
  const reason = "pref-denied";
  const told = { method: "enrollFailed", value: slug } as const;
  const event: NormandyEvent =
    action === "preference-rollout"
      ? { ...told, object: "preference_rollout", extra: { reason, preference: name } }
      : { ...told, object: "preference_study", extra: { reason, preferenceName: name } };
  return { plan: [{ do: "record-event", event }], status: "apply_error", reason };
}

async function readSituation(
  needs: ReturnType<Action<ActionName>["needs"]>,
  { ports, bench, settings, graduationSet = new Set() }: World,
  nowMs: number,
): Promise<Situation> {
  const names = needs.preferences ?? [];
  const [preferences, journal, addons] = await Promise.all([
    names.length === 0 ? new Map() : ports.preferences.read(names),
    names.length === 0 ? {} : ports.preferences.journal(),
    findAddons(needs.addons ?? [], ports),
  ]);
  return {
    nowMs,
    userId: settings.userId,
    enrollments: bench.book.all(),
    preferences,
    journal,
    addons,
    heartbeats: bench.heartbeats.state,
    graduationSet,
    forcedBranches: settings.forcedBranches,
    digest,
    compareVersions: versionCompare,
    newEnrollmentId: () => ports.random.uuid(),
  };
}

async function findAddons(
  ids: readonly string[],
  ports: Ports,
): Promise<ReadonlyMap<string, InstalledAddon>> {
  const found = await Promise.all(
    [...new Set(ids)].map(async (id) => [id, await ports.addons?.find(id)] as const),
  );
  return new Map(
    found.filter((pair): pair is readonly [string, InstalledAddon] => pair[1] !== undefined),
  );
}
