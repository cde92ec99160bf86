import { element, type Piece } from "./dom.ts";
import { clockText } from "./inspector-wording.ts";
import type { Words } from "./words.ts";

/** Says, on every page, that QA has moved the clock; nothing while it stands right. */
export function clockBanner(
  clockDays: number,
  words: Words,
  ...controls: readonly HTMLElement[]
): readonly Piece[] {
  if (clockDays === 0) return [];
  return [
    {
      key: "clock",
      shows: clockDays,
      build: () =>
        element(
          "div",
          { class: "clock-banner", role: "status" },
          element("p", {}, clockText(clockDays, words)),
          ...controls,
        ),
    },
  ];
}
