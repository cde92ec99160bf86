import { describe, expect, test } from "vitest";
import { showHeartbeat } from "#actions/show-heartbeat.ts";
import type { HeartbeatState } from "#core/heartbeat.ts";
import { aHeartbeat } from "#kit/recipes.ts";
import { aMatch, aMiss, aSituation, dayMs, freshId, nowMs, someUserId } from "#kit/situation.ts";

type Said = Parameters<typeof aHeartbeat>[0];

const decide = (said: Said = {}, heartbeats: HeartbeatState = { seen: {} }) =>
  showHeartbeat.decide(aMatch(aHeartbeat({ id: 7, ...said })), aSituation({ heartbeats }));
/** Recipe 7 was last shown so many days ago, and any other so many. */
const shown = (ownDays?: number, otherDays?: number, answeredMs?: number): HeartbeatState => ({
  seen: {
    ...(ownDays === undefined
      ? {}
      : {
          7: {
            shownMs: nowMs - ownDays * dayMs,
            ...(answeredMs === undefined ? {} : { answeredMs }),
          },
        }),
    ...(otherDays === undefined ? {} : { 8: { shownMs: nowMs - otherDays * dayMs } }),
  },
});
const reasonOf = (...said: Parameters<typeof decide>) => decide(...said).reason;

describe("a survey", () => {
  test("is written down before it is shown, as the ping will name it", () => {
    expect(showHeartbeat.needs(aHeartbeat())).toEqual({});
    const recipe = aHeartbeat({ id: 7, revision_id: "12" });
    expect(decide({ revision_id: "12" })).toEqual({
      plan: [
        {
          do: "save-prompt",
          prompt: {
            recipeId: 7,
            flowId: freshId,
            surveyId: "tabs-survey",
            surveyVersion: "12",
            shownMs: nowMs,
            says: recipe.arguments,
            results: {},
          },
        },
        { do: "open-prompt" },
      ],
      status: "success",
      reason: "shown",
    });
  });

  test("carries the randomisation id only where its recipe asks for it", () => {
    const surveyIdOf = (includeTelemetryUUID: boolean) => {
      const [step] = decide({ arguments: { includeTelemetryUUID } }).plan;
      return step?.do === "save-prompt" ? step.prompt.surveyId : undefined;
    };
    expect(surveyIdOf(true)).toBe(`tabs-survey::${someUserId}`);
    expect(surveyIdOf(false)).toBe("tabs-survey");
  });

  test("is not shown where its recipe does not match", () => {
    expect(showHeartbeat.decide(aMiss("filter-mismatch", aHeartbeat()), aSituation())).toEqual({
      plan: [],
      status: "backoff",
      reason: "filter-mismatch",
    });
  });

  test.each([
    {
      when: "another was shown within a day",
      heartbeats: shown(undefined, 0.999),
      reason: "throttled",
    },
    { when: "another was shown a day ago", heartbeats: shown(undefined, 1), reason: "shown" },
    { when: "it was shown long ago", heartbeats: shown(100), reason: "shown-before" },
    { when: "only another was shown", heartbeats: shown(undefined, 100), reason: "shown" },
  ])("that comes once: $when", ({ heartbeats, reason }) => {
    expect(reasonOf({}, heartbeats)).toBe(reason);
    expect(decide({}, heartbeats).plan.length > 0).toBe(reason === "shown");
    expect(decide({}, heartbeats).status).toBe("success");
  });

  test.each([
    { when: "it was shown 6.9 days ago", heartbeats: shown(6.9), reason: "too-early" },
    { when: "it was shown 7 days ago", heartbeats: shown(7), reason: "shown" },
    {
      when: "it never was, another 2 days ago",
      heartbeats: shown(undefined, 2),
      reason: "too-early",
    },
    { when: "it was shown 9 days ago, another 8", heartbeats: shown(9, 8), reason: "shown" },
    { when: "nothing was", heartbeats: shown(), reason: "shown" },
  ])("that comes every 7 days counts from the last of all: $when", ({ heartbeats, reason }) => {
    expect(reasonOf({ arguments: { repeatOption: "xdays", repeatEvery: 7 } }, heartbeats)).toBe(
      reason,
    );
  });

  test("that says no number of days comes every day", () => {
    const said = { arguments: { repeatOption: "xdays", repeatEvery: null } } as const;
    expect(reasonOf(said, shown(0.9))).toBe("throttled");
    expect(reasonOf(said, shown(1))).toBe("shown");
  });

  test.each([
    { when: "it was shown", heartbeats: shown(1), reason: "shown" },
    { when: "it was answered", heartbeats: shown(100, undefined, 1), reason: "answered" },
    { when: "another was shown today", heartbeats: shown(2, 0.5), reason: "throttled" },
  ])("that nags goes on until somebody answers: $when", ({ heartbeats, reason }) => {
    expect(reasonOf({ arguments: { repeatOption: "nag" } }, heartbeats)).toBe(reason);
  });

  test("waits for the one that is on show, however long that stands there", () => {
    const [step] = decide().plan;
    const prompt = step?.do === "save-prompt" ? step.prompt : undefined;
    expect(prompt).toBeDefined();
    const heartbeats = { seen: {}, ...(prompt && { prompt }) };
    expect(reasonOf({}, heartbeats)).toBe("throttled");
  });
});
