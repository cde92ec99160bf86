import type { StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { confirmation } from "./confirmation.ts";
import { element } from "./dom.ts";
import { type Answers, questionId } from "./subject.ts";
import { switchOffEffects, switchText, switchWords } from "./switch-wording.ts";
import type { Words } from "./words.ts";

export interface SwitchContext extends Answers {
  readonly words: Words;
  readonly view: StudiesView;
  readonly onTurn: (on: boolean) => void;
}

/** One of the person's switches, with what it does as it stands now. */
export function switchRow(name: SwitchName, context: SwitchContext): HTMLElement {
  const { words, view } = context;
  const id = `switch-${name}`;
  const input = element("input", {
    type: "checkbox",
    role: "switch",
    id,
    "aria-describedby": `${id}-text`,
    disabled: view.administered.includes(name),
  });
  input.checked = view.switches[name];
  input.addEventListener("change", () => {
    context.onTurn(input.checked);
  });
  return element(
    "li",
    { class: "switch" },
    element("label", { for: id }, words(switchWords[name].label)),
    input,
    element("p", { id: `${id}-text` }, switchText(name, view, words)),
    context.isAsking ? question(name, context) : undefined,
  );
}

function question(name: SwitchName, context: SwitchContext): HTMLElement {
  const { words, view, isGoing, onKeep, onGo } = context;
  const keys = switchWords[name];
  return confirmation({
    id: questionId({ of: "switch", name }),
    title: words(keys.question),
    effects: switchOffEffects(name, view, words) ?? [],
    keep: words(keys.keep),
    go: words(keys.go),
    going: words("turning_off"),
    isGoing,
    onKeep,
    onGo,
  });
}
