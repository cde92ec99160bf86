import type { TelemetrySwitch, TelemetryView } from "#core/telemetry-view.ts";
import { metrics } from "#telemetry/metrics.ts";
import type { ProbeTable } from "#telemetry/probe.ts";
import { element, type Piece } from "./dom.ts";
import { listed, type WordKey, type Words } from "./words.ts";

interface SwitchWords {
  readonly label: WordKey;
  readonly heldOn: WordKey;
  readonly heldOff: WordKey;
  readonly turnedOn: WordKey;
  readonly turnedOff: WordKey;
}

/** What the page says about each switch, whichever way it stands; what it means is `meaning`. */
export const telemetrySwitchWords = {
  telemetry_enabled: {
    label: "reports_label",
    heldOn: "reports_held_on",
    heldOff: "reports_held_off",
    turnedOn: "reports_turned_on",
    turnedOff: "reports_turned_off",
  },
  extended_telemetry_enabled: {
    label: "extended_label",
    heldOn: "extended_held_on",
    heldOff: "extended_held_off",
    turnedOn: "extended_turned_on",
    turnedOff: "extended_turned_off",
  },
} as const satisfies Readonly<Record<TelemetrySwitch, SwitchWords>>;

/** Where a switch of the page is. */
export const switchId = (name: TelemetrySwitch): string => `switch-${name}`;

/** Whether it is on: nothing extended is measured while reports are off. */
export function isSwitchedOn(name: TelemetrySwitch, { isOn, isExtended }: TelemetryView): boolean {
  return name === "telemetry_enabled" ? isOn : isOn && isExtended;
}

/** One switch, with what it does as it stands now. */
export function telemetrySwitch(
  name: TelemetrySwitch,
  view: TelemetryView,
  words: Words,
  onTurn: (on: boolean) => void,
): Piece {
  const id = switchId(name);
  const isOn = isSwitchedOn(name, view);
  const isHeld = view.administered.includes(name);
  const isMoot = name === "extended_telemetry_enabled" && !view.isOn;
  const { label, heldOn, heldOff } = telemetrySwitchWords[name];
  const text =
    isHeld && !isMoot ? words(isOn ? heldOn : heldOff) : meaning(name, isOn, isMoot, words);
  const build = (): HTMLElement => {
    const input = element("input", {
      type: "checkbox",
      role: "switch",
      id,
      "aria-describedby": `${id}-text`,
      disabled: isHeld || isMoot,
    });
    input.checked = isOn;
    input.addEventListener("change", () => {
      onTurn(input.checked);
    });
    return element(
      "li",
      { class: "switch" },
      element("label", { for: id }, words(label)),
      input,
      element("p", { id: `${id}-text` }, text),
    );
  };
  return { key: id, shows: [isOn, isHeld, isMoot], build };
}

function meaning(name: TelemetrySwitch, isOn: boolean, isMoot: boolean, words: Words): string {
  if (name === "telemetry_enabled") return words(isOn ? "base_on" : "base_off");
  if (isMoot) return words("extended_moot");
  const names = extendedNames();
  if (names.length === 0) return words(isOn ? "extended_on_none" : "extended_off_none");
  return words(isOn ? "extended_on" : "extended_off", listed(words, names));
}

/** What this version can measure beside the base data. */
function extendedNames(): readonly string[] {
  const { histograms, scalars }: ProbeTable = metrics;
  return Object.entries({ ...histograms, ...scalars })
    .filter(([, { dataSet }]) => dataSet === "extended")
    .map(([name]) => name);
}
