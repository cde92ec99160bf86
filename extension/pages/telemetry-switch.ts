import type { TelemetryView } from "#core/telemetry-view.ts";
import { element, type Piece } from "./dom.ts";
import type { Words } from "./words.ts";

/** The switch for reports, as the Studies page has it; what it says is about measuring. */
export function reportsSwitch(
  { isOn, isAdministered }: TelemetryView,
  words: Words,
  onTurn: (on: boolean) => void,
): Piece {
  const id = "switch-telemetry_enabled";
  const held = words(isOn ? "reports_held_on" : "reports_held_off");
  const own = words(isOn ? "base_on" : "base_off");
  const build = (): HTMLElement => {
    const input = element("input", {
      type: "checkbox",
      role: "switch",
      id,
      "aria-describedby": `${id}-text`,
      disabled: isAdministered,
    });
    input.checked = isOn;
    input.addEventListener("change", () => {
      onTurn(input.checked);
    });
    return element(
      "li",
      { class: "switch" },
      element("label", { for: id }, words("reports_label")),
      input,
      element("p", { id: `${id}-text` }, isAdministered ? held : own),
    );
  };
  return { key: id, shows: [isOn, isAdministered], build };
}
