import type { ChangeView, StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { heldBy, isOfAddon, isRollout, running } from "./arrange.ts";

/** What each kind is called. */
export const kindNames = {
  "preference-study": "Study",
  "addon-study": "Add-on study",
  "preference-rollout": "Rollout",
  "addon-rollout": "Add-on rollout",
} as const satisfies Readonly<Record<ChangeView["kind"], string>>;

/** `study` or `rollout`, inside a sentence. */
export function nounOf({ kind }: Pick<ChangeView, "kind">): string {
  return isRollout(kind) ? "rollout" : "study";
}

/** What it is for: a study says so itself. */
export function purposeText({ kind, description }: ChangeView): string {
  switch (kind) {
    case "preference-study":
    case "addon-study":
      return description;
    case "preference-rollout":
      return "A rollout: it gives every matching browser the same default values.";
    case "addon-rollout":
      return "A rollout: it gives every matching browser the same add-on, and its later versions.";
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

/** Why a change runs here, as far as this browser remembers. */
export function whyText(change: ChangeView, server: string | null): string {
  const source = server === null ? "" : ` from ${hostOf(server)}`;
  return `Recipe ${change.recipeId}${source} matched this browser.`;
}

/** How its branch was chosen. */
export function branchText({ forced }: Pick<ChangeView, "forced">): string {
  return forced === true
    ? "Chosen by a test setting in this browser; the results leave it out."
    : "Drawn by chance when it began, and kept since.";
}

/** What leaving one change does, a sentence each. */
export function leaveEffects(change: ChangeView, telemetryOn: boolean): readonly string[] {
  return [
    ...preferenceEffects(change),
    ...(isOfAddon(change.kind) ? [addonEffect(change)] : []),
    `It does not start again in this browser.`,
    telemetryOn
      ? `One message tells the server that this browser left by choice.`
      : `Nothing is sent about it: reports are off.`,
  ];
}

function preferenceEffects({ preferences }: ChangeView): readonly string[] {
  const kept = preferences.filter(({ overridden }) => overridden).length;
  const restored = preferences.length - kept;
  return [
    ...(restored === 0
      ? []
      : [
          restored === 1
            ? "Its preference goes back to what it was, at the latest when the browser starts again."
            : `Its ${restored} preferences go back to what they were, at the latest when the browser starts again.`,
        ]),
    ...(kept === 0 ? [] : [`What you changed yourself stays as you set it.`]),
  ];
}

function addonEffect({ addon }: ChangeView): string {
  return addon === undefined
    ? "No add-on was installed, so none is removed."
    : "Its add-on is removed.";
}

/** What leaving everything does, a sentence each. */
export function leaveAllEffects(view: StudiesView): readonly string[] {
  const count = running(view.changes).length;
  return [
    count === 0
      ? "Nothing runs now, so nothing has to be put back."
      : `${countOf(count, "change")} ${count === 1 ? "ends" : "end"} now; preferences go back to what they were, add-ons of studies and rollouts are removed.`,
    "Studies and rollouts are turned off, so nothing new starts until you turn them on.",
    view.switches.telemetry_enabled
      ? "The server is told that what ran here has ended. To send nothing at all, turn reports off first."
      : "Nothing is sent about it: reports are off.",
  ];
}

/** What turning a switch off ends at once, or `undefined` when nothing that needs a question. */
export function switchOffEffects(
  name: SwitchName,
  view: StudiesView,
): readonly string[] | undefined {
  const held = heldBy(name, view);
  if (held.length === 0) return undefined;
  const names = new Intl.ListFormat("en").format(held.map((change) => `“${change.name}”`));
  return [
    `${names} ${held.length === 1 ? "ends" : "end"} now, and what ${held.length === 1 ? "it" : "they"} changed is put back.`,
    ...(name === "studies_enabled"
      ? ["A study that has ended does not start again, even after you turn studies on."]
      : ["Rollouts may come back after you turn them on."]),
  ];
}

/** The switches in the order of the page. */
export const switches = [
  { name: "studies_enabled", label: "Studies" },
  { name: "rollouts_enabled", label: "Rollouts" },
  { name: "telemetry_enabled", label: "Reports" },
] as const satisfies readonly { readonly name: SwitchName; readonly label: string }[];

/** What a switch means as it stands now. */
export function switchText(name: SwitchName, view: StudiesView): string {
  const on = view.switches[name];
  const count = heldBy(name, view).length;
  if (view.administered.includes(name)) return administeredText(name, on);
  switch (name) {
    case "studies_enabled":
      return on
        ? `On: this browser may take part in studies, which compare groups of browsers. ${runNow(count)}`
        : "Off: no study runs here, and none starts.";
    case "rollouts_enabled":
      return on
        ? `On: this browser takes changes that are brought to every matching browser step by step. ${runNow(count)}`
        : "Off: no rollout runs here, and none starts.";
    case "telemetry_enabled":
      return on
        ? "On: this browser tells the server how each change fares here. What exactly is below."
        : "Off: nothing is sent, and what waited to be sent was deleted.";
  }
}

/** What an administrator has decided: the person can read it, not turn it. */
function administeredText(name: SwitchName, on: boolean): string {
  const what = {
    studies_enabled: "studies",
    rollouts_enabled: "rollouts",
    telemetry_enabled: "reports",
  };
  return on
    ? `On: an administrator of this browser keeps ${what[name]} on.`
    : `Off: an administrator of this browser has switched ${what[name]} off.`;
}

function runNow(count: number): string {
  return count === 0 ? "None runs now." : `${count} ${count === 1 ? "runs" : "run"} now.`;
}

/** `1 change`, `2 changes`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
