import type { ShownStep } from "#core/shown-plan.ts";
import { code, element, said } from "./dom.ts";
import type { WordKey, Words } from "./words.ts";

const stepKeys = {
  "claim-preference": "step_claim",
  "release-preference": "step_release",
  "save-enrollment": "step_save",
  "forget-enrollment": "step_forget",
  "install-addon": "step_install",
  "tell-addon": "step_tell",
  "uninstall-addon": "step_uninstall",
  "save-prompt": "step_prompt",
  "open-prompt": "step_open",
  "record-event": "step_event",
  log: "step_log",
} as const satisfies Readonly<Record<ShownStep["do"], WordKey>>;

/** The steps of a plan, in their order, in words and to the letter. */
export function planList(
  plan: readonly ShownStep[],
  rawId: string,
  words: Words,
): readonly HTMLElement[] {
  if (plan.length === 0) return [element("p", {}, words("plan_empty"))];
  return [
    element(
      "ol",
      { class: "plan" },
      ...plan.map((step) =>
        element("li", {}, ...said(words, stepKeys[step.do], ...step.about.map(code))),
      ),
    ),
    element(
      "details",
      { class: "raw", id: rawId },
      element("summary", {}, words("plan_raw")),
      element(
        "pre",
        { tabindex: "0" },
        plan.map(({ data }) => JSON.stringify(JSON.parse(data), undefined, 2)).join("\n"),
      ),
    ),
  ];
}
