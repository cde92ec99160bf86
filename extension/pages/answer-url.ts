import type { Prompt } from "#core/heartbeat.ts";
import type { HeartbeatScore } from "#telemetry/pings.ts";

/** What a browser tells the page behind a survey; what it does not know is left out. */
export interface AnswerFacts {
  readonly version?: string;
  readonly channel?: string;
  readonly isDefaultBrowser?: boolean;
  /** `null` for an engine that did not come with the browser. */
  readonly searchEngine?: string | null;
  readonly syncSetup?: boolean;
}

/** The answer itself. */
export type Engagement =
  { readonly type: "stars"; readonly score: HeartbeatScore } | { readonly type: "button" };

/**
 * The address that opens once a survey is answered, with the parameters that Normandy gives it. What
 * the recipe's own address says already stays as it says it.
 *
 * @returns `undefined` when the recipe names none, or none that can be opened
 */
export function answerUrl(
  { says, surveyId, flowId }: Prompt,
  engagement: Engagement,
  facts: AnswerFacts,
): string | undefined {
  const { postAnswerUrl, message } = says;
  if (postAnswerUrl === null || !URL.canParse(postAnswerUrl)) return undefined;
  const url = new URL(postAnswerUrl);
  const wanted: Readonly<Record<string, string | undefined>> = {
    fxVersion: facts.version,
    isDefaultBrowser: flag(facts.isDefaultBrowser),
    searchEngine: facts.searchEngine === undefined ? undefined : String(facts.searchEngine),
    source: "heartbeat",
    // Once the version of the action, when a server delivered it; the browser's ever since.
    surveyversion: facts.version,
    syncSetup: flag(facts.syncSetup),
    updateChannel: facts.channel,
    // Encoded here and once more below: that is how Normandy's surveys are told apart.
    utm_campaign: encodeURIComponent(message.replaceAll(/\s+/gu, "")),
    utm_medium: "show-heartbeat",
    utm_source: "firefox",
    userId: says.includeTelemetryUUID ? surveyId.slice(says.surveyId.length + 2) : undefined,
  };
  for (const [name, value] of Object.entries(wanted))
    if (value !== undefined && !url.searchParams.has(name)) url.searchParams.set(name, value);
  for (const [name, value] of Object.entries({ ...engagement, flowId }))
    url.searchParams.append(name, String(value));
  return url.href;
}

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(Number(value));
}
