import * as v from "valibot";
import type { Settings, Store } from "./ports.ts";
import type { Trigger } from "./run.ts";

const storeKey = "schedule";

const shape = v.object({
  /** When the last run ended, in milliseconds since 1970. */
  lastRunMs: v.exactOptional(v.number()),
  /** The browser build that it ran in. */
  lastBuildId: v.exactOptional(v.string()),
  /** The `run_now` that was last obeyed. */
  runNow: v.exactOptional(v.number()),
  /** When the last manifest that was believed wants to be asked for again, in seconds. */
  pollSeconds: v.exactOptional(v.number()),
  /** A run that was begun and whose end was never seen. */
  begun: v.exactOptional(v.string()),
});

/** What is remembered between runs about running. */
export type ScheduleState = v.InferOutput<typeof shape>;

export async function readSchedule(store: Store): Promise<ScheduleState> {
  const parsed = v.safeParse(shape, await store.get(storeKey));
  return parsed.success ? parsed.output : {};
}

export async function writeSchedule(store: Store, state: ScheduleState): Promise<void> {
  await store.set({ [storeKey]: state });
}

/**
 * Why a run is due now, if one is.
 *
 * @param isBrowserStart - the browser has just started, not only the background page
 */
export function dueTrigger(
  state: ScheduleState,
  settings: Pick<Settings, "runIntervalSeconds" | "devMode" | "runNow">,
  buildId: string,
  nowMs: number,
  isBrowserStart: boolean,
): Trigger | undefined {
  if (state.lastRunMs === undefined) return "first-run";
  if (state.begun !== undefined) return "retry";
  if (state.lastBuildId !== buildId) return "new-build";
  if (isBrowserStart && settings.devMode) return "dev-start";
  // Compared with what was obeyed last: the event of the change may have met a page that was being stopped.
  if (settings.runNow !== (state.runNow ?? 0)) return "run-now";
  const elapsedMs = nowMs - state.lastRunMs;
  // A clock that went back must not silence the client until it has caught up.
  return elapsedMs < 0 || elapsedMs >= intervalMs(state, settings) ? "timer" : undefined;
}

/** When the timer is to ring next, in milliseconds since 1970. */
export function nextRunMs(
  state: ScheduleState,
  settings: Pick<Settings, "runIntervalSeconds">,
  nowMs: number,
): number {
  const from = Math.min(state.lastRunMs ?? nowMs, nowMs);
  return Math.max(nowMs, from + intervalMs(state, settings));
}

/** No manifest is asked for oftener, in seconds. */
const shortestPollSeconds = 900;

/** The setting's interval, or the manifest's where that is shorter. */
export function intervalMs(
  { pollSeconds = Infinity }: Pick<ScheduleState, "pollSeconds">,
  { runIntervalSeconds }: Pick<Settings, "runIntervalSeconds">,
): number {
  return Math.min(runIntervalSeconds, Math.max(pollSeconds, shortestPollSeconds)) * 1000;
}
