import type { StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { heldBy, running } from "./arrange.ts";
import { counted, listed, type WordKey, type Words } from "./words.ts";

interface SwitchWords {
  readonly label: WordKey;
  readonly isOn: WordKey;
  readonly isOff: WordKey;
  readonly heldOn: WordKey;
  readonly heldOff: WordKey;
  readonly turnedOn: WordKey;
  readonly turnedOff: WordKey;
  readonly question: WordKey;
  readonly keep: WordKey;
  readonly go: WordKey;
}

/** What a page says about each switch. */
export const switchWords = {
  studies_enabled: {
    label: "studies_label",
    isOn: "studies_on",
    isOff: "studies_off",
    heldOn: "studies_held_on",
    heldOff: "studies_held_off",
    turnedOn: "studies_turned_on",
    turnedOff: "studies_turned_off",
    question: "studies_question",
    keep: "studies_keep",
    go: "studies_go",
  },
  rollouts_enabled: {
    label: "rollouts_label",
    isOn: "rollouts_on",
    isOff: "rollouts_off",
    heldOn: "rollouts_held_on",
    heldOff: "rollouts_held_off",
    turnedOn: "rollouts_turned_on",
    turnedOff: "rollouts_turned_off",
    question: "rollouts_question",
    keep: "rollouts_keep",
    go: "rollouts_go",
  },
  telemetry_enabled: {
    label: "reports_label",
    isOn: "reports_on",
    isOff: "reports_off",
    heldOn: "reports_held_on",
    heldOff: "reports_held_off",
    turnedOn: "reports_turned_on",
    turnedOff: "reports_turned_off",
    question: "reports_question",
    keep: "reports_keep",
    go: "reports_go",
  },
} as const satisfies Readonly<Record<SwitchName, SwitchWords>>;

/** The switches in the order of the page. */
export const switches = ["studies_enabled", "rollouts_enabled", "telemetry_enabled"] as const;

/** What a switch means as it stands now. */
export function switchText(name: SwitchName, view: StudiesView, words: Words): string {
  const isOn = view.switches[name];
  const keys = switchWords[name];
  if (view.administered.includes(name)) return words(isOn ? keys.heldOn : keys.heldOff);
  if (!isOn) return words(keys.isOff);
  const count = heldBy(name, view).length;
  return words(keys.isOn, count === 0 ? words("none_runs") : counted(words, "runs", count));
}

/** What turning a switch off ends at once, or `undefined` when nothing that needs a question. */
export function switchOffEffects(
  name: SwitchName,
  view: StudiesView,
  words: Words,
): readonly string[] | undefined {
  const held = heldBy(name, view);
  if (held.length === 0) return undefined;
  const names = listed(
    words,
    held.map((change) => words("quoted", change.name)),
  );
  return [
    counted(words, "switch_ends", held.length, names),
    words(name === "studies_enabled" ? "studies_end_for_good" : "rollouts_may_return"),
  ];
}

/** What leaving everything does, a sentence each. */
export function leaveAllEffects(view: StudiesView, words: Words): readonly string[] {
  const count = running(view.changes).length;
  return [
    count === 0 ? words("leave_all_nothing") : counted(words, "leave_all_ends", count),
    words("leave_all_off"),
    words(view.switches.telemetry_enabled ? "leave_all_told" : "nothing_told"),
  ];
}
