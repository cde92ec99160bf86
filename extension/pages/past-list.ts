import type { ChangeView } from "#core/messages.ts";
import { element, icon, idOf } from "./dom.ts";
import { detailsOf, type FactsContext, factsOf } from "./facts.ts";
import { endSentence } from "./reasons.ts";
import { dayText } from "./times.ts";
import { kindKeys } from "./wording.ts";

/** One change that has ended: what it was and why it ended, and on request all that is known of it. */
export function pastRow(change: ChangeView, context: FactsContext): HTMLElement {
  const { words } = context;
  const titleId = idOf("title", change.key);
  const day = dayText(change.endedMs ?? change.startedMs);
  return element(
    "li",
    {},
    element(
      "details",
      { class: "past fold", id: idOf("past", change.key) },
      element(
        "summary",
        {},
        element("span", { class: "mark quiet" }, icon(change.kind)),
        element(
          "span",
          { class: "past-title" },
          element("span", { class: "past-name", id: titleId, dir: "auto" }, change.name),
          element("span", { class: "past-reason" }, endSentence(change, words)),
        ),
        element(
          "span",
          { class: "past-meta" },
          words("past_meta", words(kindKeys[change.kind]), day),
        ),
        element("span", { class: "turn" }, icon("turn")),
      ),
      factsOf(change, context),
      detailsOf(change, context),
    ),
  );
}
