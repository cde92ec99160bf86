import type { ChangeView } from "#core/messages.ts";
import { confirmation } from "./confirmation.ts";
import { button, element, icon, idOf } from "./dom.ts";
import { detailsOf, type FactsContext, factsOf } from "./facts.ts";
import { type Answers, questionId } from "./subject.ts";
import { keyFor, kindKeys, leaveEffects, purposeText } from "./wording.ts";

export interface CardContext extends Answers, FactsContext {}

/** One change that runs now. */
export function changeCard(change: ChangeView, context: CardContext): HTMLElement {
  const { words } = context;
  const titleId = idOf("title", change.key);
  return element(
    "li",
    {},
    element(
      "article",
      { class: "card", "aria-labelledby": titleId },
      element(
        "header",
        { class: "card-head" },
        element("span", { class: `mark ${change.kind}` }, icon(change.kind)),
        element(
          "div",
          { class: "card-title" },
          element("p", { class: "kind" }, words(kindKeys[change.kind])),
          element("h3", { id: titleId, tabindex: "-1", dir: "auto" }, change.name),
        ),
        leaveButton(change, titleId, context),
      ),
      element("p", { class: "description", dir: "auto" }, purposeText(change, words)),
      change.isHeld === true
        ? element("p", { class: "held" }, icon("bad"), words("held"))
        : undefined,
      context.isAsking ? question(change, context) : undefined,
      factsOf(change, context),
      detailsOf(change, context),
    ),
  );
}

function leaveButton(change: ChangeView, titleId: string, context: CardContext): HTMLElement {
  const id = idOf("leave", change.key);
  return button(
    {
      id,
      class: "button",
      "aria-expanded": String(context.isAsking),
      "aria-labelledby": `${id} ${titleId}`,
    },
    context.words("leave"),
    context.isAsking ? context.onKeep : context.onAsk,
  );
}

function question(change: ChangeView, context: CardContext): HTMLElement {
  const { words, telemetryOn, isGoing, onKeep, onGo } = context;
  return confirmation({
    id: questionId({ of: "change", key: change.key }),
    title: words(keyFor(change, "leave_study_question", "leave_rollout_question")),
    effects: leaveEffects(change, telemetryOn, words),
    keep: words("leave_keep"),
    go: words(keyFor(change, "leave_study_go", "leave_rollout_go")),
    going: words("leaving"),
    isGoing,
    onKeep,
    onGo,
  });
}
