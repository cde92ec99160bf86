import type { StudiesView } from "#core/messages.ts";
import { canLeaveAll } from "./arrange.ts";
import { confirmation } from "./confirmation.ts";
import { button, element, icon, type Piece, time } from "./dom.ts";
import { runNews } from "./reasons.ts";
import { type Answers, questionId } from "./subject.ts";
import { whenText } from "./times.ts";
import { hostOf, leaveAllEffects } from "./wording.ts";

/** Where recipes come from, when that was last asked, and what came of it. */
export function statusLine(view: StudiesView, nowMs: number): readonly Piece[] {
  const { enabled, server, lastRun } = view;
  const finishedMs = lastRun === null ? Number.NaN : Date.parse(lastRun.finishedAt);
  const when = Number.isFinite(finishedMs) ? whenText(finishedMs, nowMs) : undefined;
  return [
    {
      key: "status",
      shows: [enabled, server, lastRun, when],
      build: () => {
        if (!enabled)
          return line(
            "none",
            "Mulberry as a whole is switched off: it asks nobody, and nothing runs.",
          );
        if (server === null) return line("bad", "No server is set that may be asked.");
        const source = element("strong", { class: "host" }, hostOf(server));
        if (lastRun === null) return line("none", "Recipes come from ", source, ". Not asked yet.");
        const news = runNews(lastRun);
        const asked =
          when === undefined
            ? "Last asked"
            : element("span", {}, "Last asked ", time(finishedMs, when));
        return line(
          news.tone,
          "Recipes come from ",
          source,
          ". ",
          asked,
          `: ${decapitalised(news.sentence)}`,
        );
      },
    },
  ];
}

function line(tone: "good" | "bad" | "none", ...said: readonly (Node | string)[]): HTMLElement {
  return element("p", { class: `status ${tone}` }, icon(tone), element("span", {}, ...said));
}

/** After a colon a sentence goes on small; names keep their capital. */
function decapitalised(sentence: string): string {
  return sentence.startsWith("Mulberry")
    ? sentence
    : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Stands in for the list while nothing runs. */
export function emptyCard(view: StudiesView): readonly Piece[] {
  const { studies_enabled: studies, rollouts_enabled: rollouts } = view.switches;
  const canStart = view.enabled && (studies || rollouts);
  return [
    {
      key: "empty",
      shows: canStart,
      build: () =>
        element(
          "div",
          { class: "card empty" },
          element("span", { class: "mark quiet" }, icon("none")),
          element("p", { class: "empty-title" }, "Nothing runs in this browser"),
          element(
            "p",
            {},
            canStart
              ? "When a change that is published matches this browser, it appears here at once."
              : "Studies and rollouts are off, so nothing starts.",
          ),
        ),
    },
  ];
}

/** @param detail - `undefined` while the background answers */
export function failureCard(
  detail: string | undefined,
  hasView: boolean,
  onRetry: () => void,
): readonly Piece[] {
  if (detail === undefined) return [];
  return [
    {
      key: "failure",
      shows: [detail, hasView],
      build: () =>
        element(
          "div",
          { class: "card failure", role: "alert" },
          element("span", { class: "mark bad" }, icon("bad")),
          element(
            "div",
            {},
            element("p", { class: "empty-title" }, "Mulberry does not answer"),
            element(
              "p",
              {},
              hasView
                ? "What you see is what it said last, and may be out of date. This page keeps asking."
                : "Its background script may be starting, or may have stopped. This page keeps asking.",
            ),
            element("p", { class: "aside-note" }, `Cause: ${detail}`),
            button({ id: "retry", class: "button" }, "Ask again now", onRetry),
          ),
        ),
    },
  ];
}

/** The way out of all of it. */
export function leaveAllPanel(view: StudiesView, context: Answers): readonly Piece[] {
  const { isAsking, isGoing } = context;
  if (!canLeaveAll(view))
    return [
      {
        key: "left",
        shows: "left",
        build: () =>
          element(
            "p",
            {},
            "You have left everything. Turn studies or rollouts on to take part again.",
          ),
      },
    ];
  return [
    {
      key: "everything",
      shows: [isAsking, isGoing, leaveAllEffects(view)],
      build: () =>
        element(
          "div",
          {},
          element("p", {}, "Ends every change at once, and keeps new ones out."),
          button(
            {
              id: "leave-everything",
              class: "button",
              "aria-expanded": String(isAsking),
            },
            "Leave everything…",
            isAsking ? context.onKeep : context.onAsk,
          ),
          isAsking
            ? confirmation({
                id: questionId({ of: "everything" }),
                title: "Leave everything?",
                effects: leaveAllEffects(view),
                keep: "Stay",
                go: "Leave everything",
                going: "Leaving…",
                isGoing,
                onKeep: context.onKeep,
                onGo: context.onGo,
              })
            : undefined,
        ),
    },
  ];
}
