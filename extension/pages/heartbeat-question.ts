import type { Prompt } from "#core/heartbeat.ts";
import { type HeartbeatScore, heartbeatScores } from "#telemetry/pings.ts";
import { button, element, icon } from "./dom.ts";
import { hasStars, learnMore, sentTexts, starsText } from "./heartbeat-wording.ts";

export interface QuestionContext {
  readonly prompt: Prompt;
  /** When the tab closes by itself, in words. */
  readonly until: string;
  readonly onVote: (score: HeartbeatScore) => void;
  readonly onEngage: () => void;
  readonly onLearnMore: () => void;
  readonly onDecline: () => void;
}

/** The question, and the ways to answer it. */
export function question(context: QuestionContext): HTMLElement {
  const { says } = context.prompt;
  const form = element(
    "form",
    { class: "card" },
    ...(hasStars(says) ? stars(says.message) : [title(says.message)]),
    learnMoreLink(context),
    element(
      "div",
      { class: "buttons" },
      element("button", { class: "button primary" }, says.engagementButtonLabel || "Send"),
      button({ class: "button plain" }, "Not now", context.onDecline),
    ),
    element("p", { class: "aside-note" }, `Without an answer, this tab closes ${context.until}.`),
    sent(context.prompt),
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
function stars(message: string): readonly HTMLElement[] {
  const chosen = element("p", { class: "chosen", "aria-hidden": "true" }, hint);
  const choices = heartbeatScores.map((score) => {
    const input = element("input", {
      type: "radio",
      name: "score",
      value: String(score),
      required: true,
      "aria-label": starsText(score),
    });
    input.addEventListener("change", () => {
      chosen.textContent = `${score} of 5 stars`;
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

const hint = "One star is the worst, five are the best.";

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

function sent(prompt: Prompt): HTMLElement {
  return element(
    "details",
    {},
    element("summary", {}, "What is sent"),
    element("ul", {}, ...sentTexts(prompt).map((text) => element("li", {}, text))),
    element(
      "p",
      {},
      "Questions like this one come only while studies and reports are on: ",
      element("a", { href: "./studies.html" }, "see what runs here, and turn them off"),
      ".",
    ),
  );
}
