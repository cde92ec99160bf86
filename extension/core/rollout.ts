import type { Decision, Situation } from "./action.ts";
import { done } from "./decisions.ts";
import type { RolloutEnrollment } from "./enrollment.ts";
import { isLive } from "./enrollment.ts";
import { leave } from "./leave.ts";

// What rollouts of preferences and of add-ons have in common.

/** The rollout of that kind and slug, whatever became of it. */
export function rolloutOf<K extends RolloutEnrollment["kind"]>(
  kind: K,
  slug: string,
  { enrollments }: Situation,
): Extract<RolloutEnrollment, { kind: K }> | undefined {
  return enrollments.find(
    (one): one is Extract<RolloutEnrollment, { kind: K }> => one.kind === kind && one.slug === slug,
  );
}

/**
 * The person said no to this very rollout: that holds whatever it says later. Its switch is another
 * matter: what ended because all rollouts were off begins again when they are on.
 */
export function isUnwanted(before: RolloutEnrollment | undefined): boolean {
  return before?.state === "opted-out" && before.endReason === "individual-opt-out";
}

/** Takes a rollout back, once. */
export function rollBack(rollout: RolloutEnrollment | undefined, nowMs: number): Decision {
  if (rollout === undefined) return done("no-rollout");
  const reason = isLive(rollout) ? "rolled-back" : "already-rolled-back";
  return done(reason, leave(rollout, "rollback", nowMs));
}
