import * as v from "valibot";
import { applyOrTell, type Workbench } from "./apply.ts";
import { isLive, isStudy } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Settings, Store } from "./ports.ts";

const storeKey = "stale";
const dayMs = 86_400_000;
/** How long studies outlive the set that they came with, in milliseconds. */
const graceMs = 14 * dayMs;
/** On how many days a run must have failed since: a browser that was off has missed nothing. */
const graceDays = 7;

const shape = v.object({
  /** Days since 1970, UTC, on which a run failed since the set was over; no more than are counted. */
  days: v.array(v.number()),
});

/**
 * A run failed, and the last set that was believed is over: counts the day, and once the grace is over
 * ends what came with that set. Rollouts stay, unless the settings say otherwise.
 *
 * @param overSince - when the set was over, in seconds since 1970
 */
export async function outlive(
  overSince: number,
  settings: Pick<Settings, "staleRollouts">,
  bench: Workbench,
  store: Store,
  nowMs: number,
): Promise<void> {
  const parsed = v.safeParse(shape, await store.get(storeKey));
  const today = Math.floor(nowMs / dayMs);
  // None from before the set was over, as a run that was cut short leaves them, and none that is still to come.
  const since = Math.floor((overSince * 1000) / dayMs);
  const kept = parsed.success ? parsed.output.days : [];
  const days = new Set(kept.filter((day) => day >= since && day <= today));
  if (days.size < graceDays) {
    days.add(today);
    await store.set({ [storeKey]: { days: [...days] } });
  }
  if (days.size < graceDays || nowMs < overSince * 1000 + graceMs) return;
  for (const enrollment of bench.book.all().filter(isLive))
    if (isStudy(enrollment) || settings.staleRollouts === "revert")
      await applyOrTell(leave(enrollment, "manifest-expired", nowMs), bench);
}

/** A set was believed: the grace begins anew. */
export async function refresh(store: Store): Promise<void> {
  if ((await store.get(storeKey)) !== undefined) await store.remove([storeKey]);
}
