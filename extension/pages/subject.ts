import type { StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { idOf } from "./dom.ts";

/** What a question on the page is about: one change, one switch, or everything. */
export type Subject =
  | { readonly of: "change"; readonly key: string }
  | { readonly of: "switch"; readonly name: SwitchName }
  | { readonly of: "everything" };

/** What a question's place needs: whether it is asked, and where its answers lead. */
export interface Answers {
  readonly isAsking: boolean;
  readonly isGoing: boolean;
  readonly onAsk: () => void;
  readonly onKeep: () => void;
  readonly onGo: () => void;
}

export function isSame(a: Subject | undefined, b: Subject): boolean {
  return a !== undefined && questionId(a) === questionId(b);
}

/** Whether there is still anything to ask. */
export function stands(subject: Subject, { changes, switches }: StudiesView): boolean {
  switch (subject.of) {
    case "change":
      return changes.some(({ key, isLive }) => isLive && key === subject.key);
    case "switch":
      return switches[subject.name];
    case "everything":
      return true;
  }
}

/** Where the ids of a question's parts begin. */
export function questionId(subject: Subject): string {
  switch (subject.of) {
    case "change":
      return idOf("question", subject.key);
    case "switch":
      return `question-${subject.name}`;
    case "everything":
      return "question-everything";
  }
}

/** The control that raised the question, which gets the focus back. */
export function askerId(subject: Subject): string {
  switch (subject.of) {
    case "change":
      return idOf("leave", subject.key);
    case "switch":
      return `switch-${subject.name}`;
    case "everything":
      return "leave-everything";
  }
}
