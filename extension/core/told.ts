import { eventLimits } from "#telemetry/events.ts";
import { cutToBytes } from "#telemetry/text.ts";
import type { Enrollment, EnrollmentKind } from "./enrollment.ts";
import type { ChangeView } from "./messages.ts";

/** One event about a change, as the person can read it. */
export interface ToldEvent {
  readonly method: string;
  readonly object: string;
  /** Cut where it is too long for an event. */
  readonly slug: string;
  readonly extra: Readonly<Record<string, string>>;
  /** When the server had taken it, in milliseconds since 1970; `null` while it waits to be sent. */
  readonly sentMs: number | null;
}

/** Which kind of change an event's object is about. */
const kinds: Readonly<Record<string, EnrollmentKind>> = {
  preference_study: "preference-study",
  preference_rollout: "preference-rollout",
  preference_rollback: "preference-rollout",
  addon_study: "addon-study",
  addon_rollout: "addon-rollout",
  addon_rollback: "addon-rollout",
};

/** What was told, or waits to be told, of one change. */
export function toldOf(
  { kind, slug }: Pick<Enrollment, "kind" | "slug">,
  events: readonly ToldEvent[],
): ChangeView["told"] {
  const name = cutToBytes(slug, eventLimits.valueBytes);
  return events
    .filter((event) => event.slug === name && kinds[event.object] === kind)
    .map(({ method, extra, sentMs }) => ({ method, extra, sentMs }));
}
