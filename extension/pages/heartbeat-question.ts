import type { Prompt } from "#core/heartbeat.ts";
import { type HeartbeatScore, heartbeatScores } from "#telemetry/pings.ts";
import { button, element, icon, said } from "./dom.ts";
import { hasStars, learnMore, sentTexts } from "./heartbeat-wording.ts";
import { counted, type Words } from "./words.ts";

export interface QuestionContext {
  readonly prompt: Prompt;
  readonly words: Words;
  /** When the tab closes by itself, in words. */
  readonly until: string;
  readonly onVote: (score: HeartbeatScore) => void;
  readonly onEngage: () => void;
  readonly onLearnMore: () => void;
  readonly onDecline: () => void;
}

/** The question, and the ways to answer it. */
export function question(context: QuestionContext): HTMLElement {
  const { prompt, words } = context;
  const { says } = prompt;
  const form = element(
    "form",
    { class: "card" },
    ...(hasStars(says) ? stars(says.message, words) : [title(says.message)]),
    learnMoreLink(context),
    element(
      "div",
      { class: "buttons" },
      element(
        "button",
        { class: "button primary" },
        says.engagementButtonLabel || words("survey_send"),
      ),
      button({ class: "button plain" }, words("survey_decline"), context.onDecline),
    ),
    element("p", { class: "aside-note" }, words("survey_until", context.until)),
    sent(prompt, words),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get("score");
    const score = heartbeatScores.find((one) => String(one) === chosen);
    if (!hasStars(says)) context.onEngage();
    else if (score !== undefined) context.onVote(score);
  });
  return form;
}

function title(message: string): HTMLElement {
  return element("h1", { dir: "auto" }, message);
}

/** Radio buttons that look like stars: arrow keys choose, Enter sends, a screen reader counts. */
function stars(message: string, words: Words): readonly HTMLElement[] {
  const chosen = element("p", { class: "chosen", "aria-hidden": "true" }, words("survey_hint"));
  const choices = heartbeatScores.map((score) => {
    const input = element("input", {
      type: "radio",
      name: "score",
      value: String(score),
      required: true,
      "aria-label": counted(words, "survey_stars", score),
    });
    input.addEventListener("change", () => {
      chosen.textContent = counted(words, "survey_chosen", score);
    });
    return element("label", { class: "star" }, input, icon("star"));
  });
  return [
    element(
      "fieldset",
      {},
      element("legend", {}, title(message)),
      element("div", { class: "stars" }, ...choices),
    ),
    chosen,
  ];
}

function learnMoreLink({ prompt, onLearnMore }: QuestionContext): HTMLElement | undefined {
  const link = learnMore(prompt.says);
  if (link === undefined) return undefined;
  const anchor = element(
    "a",
    { href: link.href, target: "_blank", rel: "noreferrer", dir: "auto" },
    link.label,
  );
  // The second one is for the middle button of a mouse.
  for (const press of ["click", "auxclick"]) anchor.addEventListener(press, onLearnMore);
  return element("p", { class: "learn-more" }, anchor);
}

function sent(prompt: Prompt, words: Words): HTMLElement {
  return element(
    "details",
    {},
    element("summary", {}, words("survey_sent")),
    element("ul", {}, ...sentTexts(prompt, words).map((text) => element("li", {}, text))),
    element(
      "p",
      {},
      ...said(
        words,
        "survey_switches",
        element("a", { href: "./studies.html" }, words("survey_switches_link")),
      ),
    ),
  );
}
