import { canonicalAction } from "#recipes/aliases.ts";
import type { KillList, ManifestEntry } from "#recipes/manifest.ts";
import { applyOrTell, type Workbench } from "./apply.ts";
import { type Enrollment, hasAddon, isLive, keyOf } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Plan } from "./plan.ts";

// What is to stop at once, whatever the recipes say. It can only remove.

/** Stops nothing. */
export const noKill: KillList = { all: false, ids: [], slugs: [], prefs: [], addons: [] };

/** What either of two lists stops. */
export function joined(one: KillList, other: KillList): KillList {
  return {
    all: one.all || other.all,
    ids: [...one.ids, ...other.ids],
    slugs: [...one.slugs, ...other.slugs],
    prefs: [...one.prefs, ...other.prefs],
    addons: [...one.addons, ...other.addons],
  };
}

/** Whether a recipe is stopped by its name, before anything of it is read. */
export function isKilled(
  kill: KillList,
  { id, slug }: Pick<ManifestEntry, "id" | "slug">,
): boolean {
  return kill.all || kill.ids.includes(id) || kill.slugs.includes(slug);
}

/** Whether a plan would put a stopped preference or add-on in force. */
export function wouldRevive(kill: KillList, plan: Plan): boolean {
  return plan.some(
    (step) =>
      (step.do === "claim-preference" && kill.prefs.includes(step.name)) ||
      (step.do === "install-addon" && kill.addons.includes(step.addon.addon_id)),
  );
}

/**
 * Ends every enrolment and closes the survey that a kill list names. One that cannot be ended does not
 * keep the others from it, and is tried again with the next run.
 */
export async function obeyKill(kill: KillList, bench: Workbench, nowMs: number): Promise<void> {
  for (const enrollment of bench.book.all().filter(isLive))
    if (isHit(kill, enrollment)) await applyOrTell(leave(enrollment, "killed", nowMs), bench);
  const { prompt } = bench.heartbeats.state;
  if (prompt !== undefined && (kill.all || kill.ids.includes(prompt.recipeId)))
    await bench.heartbeats.end(nowMs);
}

/**
 * Ends what stands behind a recipe that is stopped. Its enrolment may have begun under another recipe of the
 * same slug, and its survey knows no slug: neither bears the name that was stopped.
 */
export async function endKilled(
  { id, slug, act }: Pick<ManifestEntry, "id" | "slug" | "act">,
  bench: Workbench,
  nowMs: number,
): Promise<void> {
  const kind = canonicalAction(act);
  const key = kind === undefined ? undefined : keyOf({ kind, slug, recipeId: id });
  for (const enrollment of bench.book.all().filter(isLive))
    if (keyOf(enrollment) === key) await applyOrTell(leave(enrollment, "killed", nowMs), bench);
  await obeyKill({ ...noKill, ids: [id] }, bench, nowMs);
}

function isHit(kill: KillList, enrollment: Enrollment): boolean {
  const { slug, recipeId, listedAs = recipeId } = enrollment;
  // By either name, also while no set arrives that says which recipe it is by now.
  if ([recipeId, listedAs].some((id) => isKilled(kill, { id, slug }))) return true;
  return hasAddon(enrollment)
    ? enrollment.addon !== null && kill.addons.includes(enrollment.addon.addon_id)
    : kill.prefs.some((name) => Object.hasOwn(enrollment.preferences, name));
}
