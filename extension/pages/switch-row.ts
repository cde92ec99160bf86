import type { StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { confirmation } from "./confirmation.ts";
import { element } from "./dom.ts";
import { type Answers, questionId } from "./subject.ts";
import { switchOffEffects, switchText } from "./wording.ts";

export interface SwitchContext extends Answers {
  readonly view: StudiesView;
  readonly onTurn: (on: boolean) => void;
}

/** One of the person's switches, with what it does as it stands now. */
export function switchRow(
  { name, label }: { readonly name: SwitchName; readonly label: string },
  context: SwitchContext,
): HTMLElement {
  const id = `switch-${name}`;
  const input = element("input", {
    type: "checkbox",
    role: "switch",
    id,
    "aria-describedby": `${id}-text`,
    disabled: context.view.administered.includes(name),
  });
  input.checked = context.view.switches[name];
  input.addEventListener("change", () => {
    context.onTurn(input.checked);
  });
  return element(
    "li",
    { class: "switch" },
    element("label", { for: id }, label),
    input,
    element("p", { id: `${id}-text` }, switchText(name, context.view)),
    context.isAsking ? question(name, label, context) : undefined,
  );
}

function question(name: SwitchName, label: string, context: SwitchContext): HTMLElement {
  const noun = label.toLowerCase();
  return confirmation({
    id: questionId({ of: "switch", name }),
    title: `Turn ${noun} off?`,
    effects: switchOffEffects(name, context.view) ?? [],
    keep: `Keep ${noun} on`,
    go: `Turn ${noun} off`,
    going: "Turning off…",
    isGoing: context.isGoing,
    onKeep: context.onKeep,
    onGo: context.onGo,
  });
}
