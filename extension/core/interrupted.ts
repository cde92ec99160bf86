import type { Decision } from "./action.ts";
import type { AddonEnrollment } from "./enrollment.ts";
import { hasAddon, keyOf } from "./enrollment.ts";
import type { Plan } from "./plan.ts";

/**
 * What a kill interrupted between record and add-on gives way where it is not what is begun now: nobody
 * else would remove its add-on.
 */
export function insteadOf(interrupted: AddonEnrollment, decision: Decision): Decision {
  const id = interrupted.addon?.addon_id;
  const goesOn = decision.plan.some(
    (step) =>
      step.do === "save-enrollment" &&
      hasAddon(step.enrollment) &&
      step.enrollment.addon?.addon_id === id,
  );
  return goesOn ? decision : { ...decision, plan: [...undo(interrupted), ...decision.plan] };
}

/** Takes back what was begun. */
export function undo(interrupted: AddonEnrollment): Plan {
  const { addon } = interrupted;
  return [
    ...(addon === null ? [] : ([{ do: "uninstall-addon", id: addon.addon_id }] as const)),
    { do: "forget-enrollment", key: keyOf(interrupted) },
  ];
}
