import { button, element } from "./dom.ts";

export interface Question {
  /** Ids of the parts are made from it: `<id>-title`, `<id>-keep`, `<id>-go`. */
  readonly id: string;
  readonly title: string;
  /** What will happen, a sentence each. */
  readonly effects: readonly string[];
  readonly keep: string;
  readonly go: string;
  /** Said on the button while the order is carried out. */
  readonly going: string;
  readonly isGoing: boolean;
  readonly onKeep: () => void;
  readonly onGo: () => void;
}

/**
 * A question in the place where it arose. The harmless answer comes first and has the focus, so
 * that pressing Enter twice ends nothing; Escape is the harmless answer, too.
 */
export function confirmation(question: Question): HTMLElement {
  const { id, isGoing } = question;
  const panel = element(
    "div",
    {
      class: "question",
      role: "group",
      "aria-labelledby": `${id}-title`,
      "aria-describedby": `${id}-effects`,
      "aria-busy": isGoing ? "true" : undefined,
    },
    element("p", { class: "question-title", id: `${id}-title` }, question.title),
    element(
      "ul",
      { class: "effects", id: `${id}-effects` },
      ...question.effects.map((effect) => element("li", {}, effect)),
    ),
    element(
      "div",
      { class: "buttons" },
      button(
        {
          id: `${id}-keep`,
          class: "button",
          "aria-describedby": `${id}-effects`,
          "aria-disabled": isGoing ? "true" : undefined,
        },
        question.keep,
        question.onKeep,
      ),
      button(
        {
          id: `${id}-go`,
          class: "button danger",
          "aria-disabled": isGoing ? "true" : undefined,
        },
        isGoing ? question.going : question.go,
        question.onGo,
      ),
    ),
  );
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || isGoing) return;
    event.preventDefault();
    question.onKeep();
  });
  return panel;
}
