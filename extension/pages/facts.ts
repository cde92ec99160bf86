import type { ChangeView } from "#core/messages.ts";
import { isOfAddon } from "./arrange.ts";
import { conditionTexts } from "./conditions.ts";
import { code, element, icon, idOf, said, time } from "./dom.ts";
import { dayText, whenText } from "./times.ts";
import { toldDetails, toldList } from "./told-list.ts";
import { branchText, untilText, valueText, whyText } from "./wording.ts";
import type { Words } from "./words.ts";

/** What a card needs to know beside the change itself. */
export interface FactsContext {
  readonly words: Words;
  readonly server: string | null;
  readonly telemetryOn: boolean;
  readonly nowMs: number;
}

/** What a person wants to know of a change, whether it runs or is over. */
export function factsOf(change: ChangeView, context: FactsContext): HTMLElement {
  const { words, server } = context;
  const changes = isOfAddon(change.kind) ? addon(change, words) : preferences(change, words);
  return element(
    "dl",
    { class: "facts" },
    ...fact(words(isOfAddon(change.kind) ? "fact_addon" : "fact_changes"), changes),
    ...(change.branch === undefined
      ? []
      : fact(
          words("fact_branch"),
          element("strong", { class: "branch" }, change.branch),
          element("span", { class: "aside-note" }, branchText(change, words)),
        )),
    ...(change.isLive ? runningSince(change, context) : ran(change, words)),
    ...fact(words("fact_why"), whyText(change, server, words), conditions(change, words)),
    ...fact(words("fact_sent"), toldList(change, context)),
  );
}

/** What somebody who is asked about this change will want to know. */
export function detailsOf(change: ChangeView, { words, telemetryOn }: FactsContext): HTMLElement {
  const { key, slug, recipeId, enrollmentId, filter } = change;
  const summaryId = idOf("details-of", key);
  return element(
    "details",
    { class: "more", id: idOf("details", key) },
    element(
      "summary",
      { id: summaryId, "aria-labelledby": `${summaryId} ${idOf("title", key)}` },
      words("details"),
    ),
    element(
      "dl",
      { class: "facts" },
      ...fact(words("fact_slug"), code(slug)),
      ...fact(words("fact_recipe"), String(recipeId)),
      ...(filter === undefined || filter === "" ? [] : fact(words("fact_filter"), code(filter))),
      ...fact(
        words("fact_reported_as"),
        ...(enrollmentId === undefined || !telemetryOn
          ? [words("told_nothing_off")]
          : [code(enrollmentId), element("span", { class: "aside-note" }, words("random_number"))]),
      ),
      ...(change.told.length === 0 ? [] : fact(words("fact_events"), toldDetails(change))),
    ),
  );
}

function fact(label: string, ...said: readonly (Node | string | undefined)[]): HTMLElement[] {
  return [element("dt", {}, label), element("dd", {}, ...said)];
}

function runningSince(change: ChangeView, { words, nowMs }: FactsContext): readonly HTMLElement[] {
  return [
    ...fact(words("fact_since"), time(change.startedMs, whenText(change.startedMs, nowMs, words))),
    ...fact(words("fact_until"), untilText(change, words)),
  ];
}

function ran({ startedMs, endedMs }: ChangeView, words: Words): readonly HTMLElement[] {
  const from = dayText(startedMs);
  const label = words("fact_ran");
  if (endedMs === undefined) return fact(label, ...said(words, "ran_from", time(startedMs, from)));
  const to = dayText(endedMs);
  const times = [time(startedMs, from), time(endedMs, to)];
  return from === to
    ? fact(label, ...said(words, "ran_on", time(endedMs, to)))
    : fact(label, ...said(words, "ran_from_to", ...times));
}

function conditions({ filter }: ChangeView, words: Words): HTMLElement | undefined {
  const texts = conditionTexts(filter ?? "", words);
  if (texts.length === 0) return undefined;
  return element(
    "ul",
    { class: "conditions" },
    ...texts.map(({ form, text }) => element("li", {}, form === "code" ? code(text) : text)),
  );
}

function addon({ addon: held }: ChangeView, words: Words): Node | string {
  if (held === undefined) return words("addon_none");
  const text = said(words, "addon_version", code(held.id), held.version);
  return element("span", {}, ...text);
}

function preferences({ preferences: held, isLive }: ChangeView, words: Words): Node | string {
  if (held.length === 0) return words("preferences_none");
  return element(
    "ul",
    { class: "preferences" },
    ...held.map((preference) =>
      element(
        "li",
        {},
        element("code", { class: "preference-name" }, preference.name),
        element("span", { class: "from-to" }, ...fromTo(preference, words)),
        preference.overridden && isLive
          ? element("span", { class: "overridden" }, icon("person"), words("overridden"))
          : undefined,
      ),
    ),
  );
}

function fromTo(
  { before, value, overridden }: ChangeView["preferences"][number],
  words: Words,
): readonly (Node | string)[] {
  const to = element(
    "code",
    { class: overridden ? "value hidden-value" : "value" },
    valueText(value),
  );
  if (before === value) return said(words, "stays_at", to);
  const from =
    before === null
      ? words("no_value")
      : element("code", { class: "value before" }, valueText(before));
  return said(words, "from_to", from, to);
}
