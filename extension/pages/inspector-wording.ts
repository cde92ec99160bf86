import type { InspectorView } from "#core/messages.ts";
import { element, icon, type Piece } from "./dom.ts";
import { runNews } from "./reasons.ts";
import { momentText } from "./times.ts";
import { counted, type Words } from "./words.ts";

/** What the Inspector says once an order was obeyed; `undefined` when the answer shows no effect of it. */
export type Outcome = (view: InspectorView, words: Words) => string | undefined;

/** Which set was looked at, and as of when; or why there is nothing to look at. */
export function inspectorStatus(view: InspectorView, words: Words): readonly Piece[] {
  const { tone, text } = statusOf(view, words);
  return [
    {
      key: "status",
      shows: [tone, text],
      build: () => element("p", { class: `status ${tone}` }, icon(tone), element("span", {}, text)),
    },
  ];
}

function statusOf(
  { devMode, inspection }: InspectorView,
  words: Words,
): { readonly tone: "good" | "bad" | "none"; readonly text: string } {
  if (!devMode) return { tone: "bad", text: words("inspector_closed") };
  if (inspection === null) return { tone: "none", text: words("inspector_nothing") };
  const { runner, ep, n, asOfMs, recipes } = inspection;
  if (runner !== "success") {
    const { tone, sentence } = runNews({ runner, finishedAt: "" }, words);
    return { tone, text: sentence };
  }
  return {
    tone: "good",
    text: counted(
      words,
      "inspector_set",
      recipes.length,
      String(ep),
      String(n),
      momentText(asOfMs),
    ),
  };
}

/** After a look that somebody asked for. */
export const lookedText: Outcome = (_view, words) => words("looked");

/** After a run that somebody asked for. */
export const ranText: Outcome = ({ inspection }, words) =>
  inspection === null ? undefined : words("ran");

/** After QA moved the clock. */
export function movedText(days: number): Outcome {
  return ({ clockDays }, words) => {
    if (clockDays !== days) return undefined;
    return days === 0 ? words("clock_right") : clockText(days, words);
  };
}

/** After QA chose a branch, or left it to chance again. */
export function forcedText(slug: string, branch: string | null): Outcome {
  return ({ forced }, words) => {
    const now = Object.hasOwn(forced, slug) ? forced[slug] : undefined;
    if (branch !== (now ?? null)) return undefined;
    return branch === null ? words("branch_freed", slug) : words("branch_forced_to", slug, branch);
  };
}

/** By how much the clock is moved. */
export function clockText(days: number, words: Words): string {
  return days > 0
    ? counted(words, "clock_ahead", days)
    : counted(words, "clock_behind", Math.abs(days));
}
