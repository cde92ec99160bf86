import type { ChangeView, StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";

/** What runs now, the newest first. */
export function running(changes: readonly ChangeView[]): readonly ChangeView[] {
  return changes
    .filter(({ isLive }) => isLive)
    .toSorted((a, b) => b.startedMs - a.startedMs || compare(a.key, b.key));
}

/** What has ended, the latest end first. */
export function ended(changes: readonly ChangeView[]): readonly ChangeView[] {
  return changes
    .filter(({ isLive }) => !isLive)
    .toSorted((a, b) => endOf(b) - endOf(a) || compare(a.key, b.key));
}

/** What ends at once when the switch is turned off. */
export function heldBy(name: SwitchName, view: StudiesView): readonly ChangeView[] {
  return running(view.changes).filter(({ kind }) => {
    switch (name) {
      case "studies_enabled":
        return !isRollout(kind);
      case "rollouts_enabled":
        return isRollout(kind);
      case "telemetry_enabled":
        return false;
    }
  });
}

/** Whether "Leave everything" would change anything. */
export function canLeaveAll({ changes, switches }: StudiesView): boolean {
  return (
    switches.studies_enabled || switches.rollouts_enabled || changes.some(({ isLive }) => isLive)
  );
}

export function isRollout(kind: ChangeView["kind"]): boolean {
  return kind.endsWith("-rollout");
}

/** Whether it brings an add-on, and not values of preferences. */
export function isOfAddon(kind: ChangeView["kind"]): boolean {
  return kind.startsWith("addon-");
}

function endOf({ endedMs, startedMs }: ChangeView): number {
  return endedMs ?? startedMs;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
