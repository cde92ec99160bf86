import type { Prompt } from "#core/heartbeat.ts";
import type { Words } from "./words.ts";

/** What the person is told when they have answered. */
export function thanksText({ says }: Prompt, words: Words): string {
  return says.thanksMessage.trim() === "" ? words("survey_thanks") : says.thanksMessage;
}

/** What an answer tells whom, a sentence each. */
export function sentTexts({ says }: Prompt, words: Words): readonly string[] {
  const url = says.postAnswerUrl ?? "";
  return [
    words(hasStars(says) ? "survey_sent_stars" : "survey_sent_button"),
    ...(says.includeTelemetryUUID ? [words("survey_sent_id")] : []),
    ...(URL.canParse(url) ? [words("survey_sent_page", new URL(url).host)] : []),
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
