import type { ChangeView } from "#core/messages.ts";
import { isOfAddon, isRollout } from "./arrange.ts";
import { conditionTexts, endOfFilter } from "./conditions.ts";
import { momentText } from "./times.ts";
import { counted, type WordKey, type Words } from "./words.ts";

/** What each kind is called. */
export const kindKeys = {
  "preference-study": "kind_preference_study",
  "addon-study": "kind_addon_study",
  "preference-rollout": "kind_preference_rollout",
  "addon-rollout": "kind_addon_rollout",
} as const satisfies Readonly<Record<ChangeView["kind"], WordKey>>;

/** The message for a study, or the one for a rollout: languages differ in more than the noun. */
export function keyFor<S extends WordKey, R extends WordKey>(
  { kind }: Pick<ChangeView, "kind">,
  study: S,
  rollout: R,
): S | R {
  return isRollout(kind) ? rollout : study;
}

/** What it is for: a study says so itself. */
export function purposeText({ kind, description }: ChangeView, words: Words): string {
  switch (kind) {
    case "preference-study":
    case "addon-study":
      return description;
    case "preference-rollout":
      return words("purpose_preference_rollout");
    case "addon-rollout":
      return words("purpose_addon_rollout");
  }
}

/** A preference's value as about:config shows it, strings in quotes. */
export function valueText(value: string | number | boolean): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The host that recipes come from, or the whole address where it is odd. */
export function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

/** Why a change runs here, as far as this browser remembers; its conditions follow where there are any. */
export function whyText(change: ChangeView, server: string | null, words: Words): string {
  const id = String(change.recipeId);
  const source =
    server === null ? words("why_source", id) : words("why_server", id, hostOf(server));
  if (change.filter === undefined) return words("why_matched", source);
  const count = conditionTexts(change.filter, words).length;
  return count === 0
    ? words("why_everyone", source)
    : counted(words, "why_conditions", count, source);
}

/** How its branch was chosen. */
export function branchText({ forced }: Pick<ChangeView, "forced">, words: Words): string {
  return words(forced === true ? "branch_forced" : "branch_drawn");
}

/** When a change that runs will be over, as far as anybody has said so. */
export function untilText(change: ChangeView, words: Words): string {
  const key = keyFor(change, "until_study", "until_rollout");
  // A rollout stays where its filter once matched: only a rollback ends it.
  const endMs = isRollout(change.kind) ? undefined : endOfFilter(change.filter ?? "");
  return endMs === undefined ? words(key) : words("until_date", momentText(endMs));
}

/** What leaving one change does, a sentence each. */
export function leaveEffects(
  change: ChangeView,
  telemetryOn: boolean,
  words: Words,
): readonly string[] {
  return [
    ...preferenceEffects(change, words),
    ...(isOfAddon(change.kind)
      ? [words(change.addon === undefined ? "leave_no_addon" : "leave_addon")]
      : []),
    words("leave_for_good"),
    words(telemetryOn ? "leave_told" : "nothing_told"),
  ];
}

function preferenceEffects({ preferences }: ChangeView, words: Words): readonly string[] {
  const kept = preferences.filter(({ overridden }) => overridden).length;
  const restored = preferences.length - kept;
  return [
    ...(restored === 0 ? [] : [counted(words, "leave_preferences", restored)]),
    ...(kept === 0 ? [] : [words("leave_own")]),
  ];
}
