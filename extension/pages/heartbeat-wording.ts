import type { Prompt } from "#core/heartbeat.ts";

/** `1 star`, `2 stars`. */
export function starsText(score: number): string {
  return `${score} ${score === 1 ? "star" : "stars"}`;
}

/** What the person is told when they have answered. */
export function thanksText({ says }: Prompt): string {
  return says.thanksMessage.trim() === "" ? "Thank you." : says.thanksMessage;
}

/** What an answer tells whom, a sentence each. */
export function sentTexts({ says }: Prompt): readonly string[] {
  const kind = hasStars(says) ? "how many stars you gave" : "that you pressed the button";
  const url = says.postAnswerUrl ?? "";
  return [
    `The server that recipes come from is told ${kind}, when this page was there, and when you answered or closed it.`,
    ...(says.includeTelemetryUUID
      ? ["With it goes the random number that this browser draws its branches of studies with."]
      : []),
    ...(URL.canParse(url)
      ? [
          `After your answer a page of ${new URL(url).host} opens. Its address holds your answer, this browser’s version and channel, whether it is your default browser, its search engine, and whether it syncs.`,
        ]
      : []),
  ];
}

/** Whether the person is asked for stars, and not to press a button. */
export function hasStars({ engagementButtonLabel }: Prompt["says"]): boolean {
  return engagementButtonLabel === null || engagementButtonLabel === "";
}

/** The survey's own link, where it has one that leads somewhere. */
export function learnMore({
  learnMoreMessage,
  learnMoreUrl,
}: Prompt["says"]): { readonly label: string; readonly href: string } | undefined {
  const label = learnMoreMessage ?? "";
  const href = learnMoreUrl ?? "";
  return label !== "" && URL.canParse(href) ? { label, href } : undefined;
}

/** Beside the thanks. */
export const closingText = "This tab closes by itself.";

/** Nobody can answer here any more. */
export const overText = "This question is over, and this tab can be closed.";

/** The background could not be told. */
export const failureText = "Mulberry does not answer, so nothing was kept. Please try again.";
