import type { ChangeView } from "#core/messages.ts";
import { element, time } from "./dom.ts";
import { endSentence } from "./reasons.ts";
import { dayText } from "./times.ts";
import { kindNames } from "./wording.ts";

/** One change that has ended: what it was, when it ran, why it ended. */
export function pastRow(change: ChangeView): HTMLElement {
  const branch = change.branch === undefined ? "" : `, branch ${change.branch}`;
  return element(
    "li",
    { class: "past" },
    element("h3", { dir: "auto" }, change.name),
    element("p", { class: "past-reason" }, endSentence(change)),
    element("p", { class: "past-meta" }, `${kindNames[change.kind]}${branch} · `, ...span(change)),
  );
}

function span({ startedMs, endedMs }: ChangeView): readonly (Node | string)[] {
  const from = dayText(startedMs);
  if (endedMs === undefined) return ["began ", time(startedMs, from)];
  const to = dayText(endedMs);
  return from === to ? [time(endedMs, to)] : [time(startedMs, from), " to ", time(endedMs, to)];
}
