import type { Prompt } from "#core/heartbeat.ts";
import type { Client } from "#core/client.ts";
import type { ArgumentsOf } from "#recipes/arguments.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { PingOf } from "#telemetry/pings.ts";
import type { World } from "./client.ts";
import { aHeartbeat } from "./recipes.ts";
import { nowMs } from "./situation.ts";

/** A survey that recipe 7 has asked for, and whose page is not there yet. */
export function aPrompt(
  overrides: Partial<Omit<Prompt, "says">> & {
    readonly says?: Partial<ArgumentsOf<"show-heartbeat">>;
  } = {},
): Prompt {
  const { says, ...rest } = overrides;
  return {
    recipeId: 7,
    flowId: "9c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c05",
    surveyId: "tabs-survey",
    surveyVersion: "1",
    shownMs: nowMs,
    says: { ...aHeartbeat().arguments, ...says },
    results: {},
    ...rest,
  };
}

/** The pings of surveys that went out, oldest first. */
export function surveysSentOver(network: World["network"]): readonly PingOf<"heartbeat">[] {
  return network.asked
    .filter(({ method }) => method === "POST")
    .map(({ json }) => parsePing(JSON.parse(json ?? "")))
    .filter((ping) => ping.type === "heartbeat");
}

/** Runs, and has the page come: what it is shown. */
export async function shownBy(client: Client): Promise<Prompt> {
  await client.start();
  const prompt = await client.heartbeat({ moment: "offeredTS" });
  if (prompt === undefined) throw new Error("no survey is on show");
  return prompt;
}
