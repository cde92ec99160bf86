import type { ChangeView } from "#core/messages.ts";
import { type Answers, questionId } from "./subject.ts";
import { confirmation } from "./confirmation.ts";
import { button, element, icon, idOf, time } from "./dom.ts";
import { isOfAddon } from "./arrange.ts";
import {
  branchText,
  kindNames,
  leaveEffects,
  nounOf,
  purposeText,
  valueText,
  whyText,
} from "./wording.ts";

export interface CardContext extends Answers {
  readonly server: string | null;
  readonly telemetryOn: boolean;
  /** When it began, in words. */
  readonly since: string;
}

/** One change that runs now. */
export function changeCard(change: ChangeView, context: CardContext): HTMLElement {
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
          element("p", { class: "kind" }, kindNames[change.kind]),
          element("h3", { id: titleId, tabindex: "-1", dir: "auto" }, change.name),
        ),
        leaveButton(change, titleId, context),
      ),
      element("p", { class: "description", dir: "auto" }, purposeText(change)),
      context.isAsking ? question(change, context) : undefined,
      facts(change, context),
      details(change, context.telemetryOn),
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
    "Leave",
    context.isAsking ? context.onKeep : context.onAsk,
  );
}

function question(change: ChangeView, context: CardContext): HTMLElement {
  const noun = nounOf(change);
  return confirmation({
    id: questionId({ of: "change", key: change.key }),
    title: `Leave this ${noun}?`,
    effects: leaveEffects(change, context.telemetryOn),
    keep: "Stay in it",
    go: `Leave this ${noun}`,
    going: "Leaving…",
    isGoing: context.isGoing,
    onKeep: context.onKeep,
    onGo: context.onGo,
  });
}

function facts(change: ChangeView, { server, since }: CardContext): HTMLElement {
  return element(
    "dl",
    { class: "facts" },
    ...(change.branch === undefined
      ? []
      : fact(
          "Branch",
          element("strong", { class: "branch" }, change.branch),
          element("span", { class: "aside-note" }, branchText(change)),
        )),
    ...fact("Since", time(change.startedMs, since)),
    ...fact("Why", whyText(change, server)),
    ...(isOfAddon(change.kind)
      ? fact("Add-on", addonText(change))
      : fact("Sets", preferences(change))),
  );
}

/** What somebody who is asked about this change will want to know. */
function details(
  { key, slug, recipeId, enrollmentId }: ChangeView,
  telemetryOn: boolean,
): HTMLElement {
  return element(
    "details",
    { class: "more", id: idOf("details", key) },
    element("summary", {}, "Details"),
    element(
      "dl",
      { class: "facts" },
      ...fact("Slug", element("code", {}, slug)),
      ...fact("Recipe", String(recipeId)),
      ...fact(
        "Reported as",
        ...(enrollmentId === undefined || !telemetryOn
          ? ["Nothing: reports are off."]
          : [
              element("code", {}, enrollmentId),
              element("span", { class: "aside-note" }, "A random number, for this change alone."),
            ]),
      ),
    ),
  );
}

function fact(label: string, ...said: readonly (Node | string)[]): readonly HTMLElement[] {
  return [element("dt", {}, label), element("dd", {}, ...said)];
}

function addonText({ addon }: ChangeView): Node | string {
  return addon === undefined
    ? "None: this branch stays as it is, for comparison."
    : element("span", {}, element("code", {}, addon.id), ` version ${addon.version}`);
}

function preferences({ preferences: held }: ChangeView): Node | string {
  if (held.length === 0) return "Nothing: this branch stays as it is, for comparison.";
  return element(
    "ul",
    { class: "preferences" },
    ...held.map(({ name, value, overridden }) =>
      element(
        "li",
        {},
        element("code", { class: "preference-name" }, name),
        " to ",
        element("code", { class: overridden ? "value hidden-value" : "value" }, valueText(value)),
        overridden
          ? element(
              "span",
              { class: "overridden" },
              icon("person"),
              "you changed this yourself, so yours counts",
            )
          : undefined,
      ),
    ),
  );
}
