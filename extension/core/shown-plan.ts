import { keyOf } from "./enrollment.ts";
import type { Plan, Step } from "./plan.ts";

/** One step of a plan, as a page shows it. */
export interface ShownStep {
  readonly do: Step["do"];
  /** What a sentence about it needs, in its order. */
  readonly about: readonly string[];
  /** The step to the letter, as JSON. */
  readonly data: string;
}

/** A plan for people to read. */
export function shownPlan(plan: Plan): readonly ShownStep[] {
  return plan.map((step) => ({ do: step.do, about: aboutOf(step), data: JSON.stringify(step) }));
}

function aboutOf(step: Step): readonly string[] {
  switch (step.do) {
    case "claim-preference":
      return [step.name, JSON.stringify(step.value), step.branch];
    case "release-preference":
      return [step.name];
    case "save-enrollment":
      return [keyOf(step.enrollment), step.enrollment.state];
    case "forget-enrollment":
      return [step.key];
    case "install-addon":
      return [step.addon.addon_id, step.addon.version];
    case "tell-addon":
    case "uninstall-addon":
      return [step.id];
    case "save-prompt":
      return [step.prompt.surveyId];
    case "open-prompt":
      return [];
    case "record-event":
      return [step.event.method, step.event.object, step.event.value];
    case "log":
      return [step.message];
  }
}
