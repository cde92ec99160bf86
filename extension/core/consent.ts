import type { ActionGroup } from "./action.ts";
import { applyOrTell, type Workbench } from "./apply.ts";
import { isLive, isStudy } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Settings } from "./ports.ts";

/** Whether the person lets changes of this kind be made. */
export function isAllowed(group: ActionGroup, settings: Settings): boolean {
  switch (group) {
    case "study":
      return settings.enabled && settings.studiesEnabled;
    case "rollout":
      return settings.enabled && settings.rolloutsEnabled;
    case "survey":
      // Nobody is asked for an answer that would not be sent.
      return isAllowed("study", settings) && settings.telemetryEnabled;
    case "other":
      return settings.enabled;
  }
}

/** Ends everything that a switch no longer allows; asked at every start, every run and every change of a switch. */
export async function enforceConsent(
  bench: Workbench,
  settings: Settings,
  nowMs: number,
): Promise<void> {
  for (const enrollment of bench.book.all().filter(isLive))
    if (!isAllowed(isStudy(enrollment) ? "study" : "rollout", settings))
      await applyOrTell(leave(enrollment, "general-opt-out", nowMs), bench);
}
