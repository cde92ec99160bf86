import type { StudiesView } from "#core/messages.ts";
import { canLeaveAll } from "./arrange.ts";
import { confirmation } from "./confirmation.ts";
import { button, element, icon, type Piece, said, time } from "./dom.ts";
import { runNews } from "./reasons.ts";
import { type Answers, questionId } from "./subject.ts";
import { leaveAllEffects } from "./switch-wording.ts";
import { whenText } from "./times.ts";
import { hostOf } from "./wording.ts";
import type { Words } from "./words.ts";

/** Where recipes come from, when that was last asked, and what came of it. */
export function statusLine(view: StudiesView, nowMs: number, words: Words): readonly Piece[] {
  const { enabled, server, lastRun } = view;
  const finishedMs = lastRun === null ? Number.NaN : Date.parse(lastRun.finishedAt);
  const when = Number.isFinite(finishedMs) ? whenText(finishedMs, nowMs, words) : undefined;
  return [
    {
      key: "status",
      shows: [enabled, server, lastRun, when],
      build: () => {
        if (!enabled) return line("none", words("status_disabled"));
        if (server === null) return line("bad", words("status_no_server"));
        const source = element("strong", { class: "host" }, hostOf(server));
        if (lastRun === null) return line("none", ...said(words, "status_not_asked", source));
        const news = runNews(lastRun, words);
        const asked = when === undefined ? words("time_unknown") : time(finishedMs, when);
        return line(news.tone, ...said(words, "status_asked", source, asked, news.sentence));
      },
    },
  ];
}

function line(tone: "good" | "bad" | "none", ...text: readonly (Node | string)[]): HTMLElement {
  return element("p", { class: `status ${tone}` }, icon(tone), element("span", {}, ...text));
}

/** Stands in for the list while nothing runs. */
export function emptyCard(view: StudiesView, words: Words): readonly Piece[] {
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
          element("p", { class: "empty-title" }, words("empty_title")),
          element("p", {}, words(canStart ? "empty_waiting" : "empty_off")),
        ),
    },
  ];
}

/** @param detail - `undefined` while the background answers */
export function failureCard(
  detail: string | undefined,
  hasView: boolean,
  onRetry: () => void,
  words: Words,
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
            element("p", { class: "empty-title" }, words("failure_title")),
            element("p", {}, words(hasView ? "failure_stale" : "failure_silent")),
            element("p", { class: "aside-note" }, words("failure_cause", detail)),
            button({ id: "retry", class: "button" }, words("failure_retry"), onRetry),
          ),
        ),
    },
  ];
}

/** The way out of all of it. */
export function leaveAllPanel(view: StudiesView, context: Answers, words: Words): readonly Piece[] {
  const { isAsking, isGoing } = context;
  if (!canLeaveAll(view))
    return [
      {
        key: "left",
        shows: "left",
        build: () => element("p", {}, words("leave_all_left")),
      },
    ];
  const effects = leaveAllEffects(view, words);
  return [
    {
      key: "everything",
      shows: [isAsking, isGoing, effects],
      build: () =>
        element(
          "div",
          {},
          element("p", {}, words("leave_all_text")),
          button(
            {
              id: "leave-everything",
              class: "button",
              "aria-expanded": String(isAsking),
            },
            words("leave_all_button"),
            isAsking ? context.onKeep : context.onAsk,
          ),
          isAsking
            ? confirmation({
                id: questionId({ of: "everything" }),
                title: words("leave_all_question"),
                effects,
                keep: words("leave_all_keep"),
                go: words("leave_all_go"),
                going: words("leaving"),
                isGoing,
                onKeep: context.onKeep,
                onGo: context.onGo,
              })
            : undefined,
        ),
    },
  ];
}
