import { describe, expect, test } from "vitest";
import { parsePing } from "#telemetry/parse.ts";
import { aHeartbeatPing, aPing } from "#kit/pings.ts";

const uuid = "00000000-0000-4000-8000-000000000003";

describe("a heartbeat ping", () => {
  test.each([
    { what: "with a vote", ping: aHeartbeatPing() },
    {
      what: "with a press of the button",
      ping: without(aHeartbeatPing({ engagedTS: 5 }), "votedTS", "score"),
    },
    { what: "whose window went", ping: without(aHeartbeatPing({ windowClosedTS: 9 }), "closedTS") },
    {
      what: "whose page never came",
      ping: without(aHeartbeatPing({ windowClosedTS: 9 }), "offeredTS", "closedTS"),
    },
    {
      what: "with the randomisation id",
      ping: aHeartbeatPing({ surveyId: `${"s".repeat(100)}::${uuid}` }),
    },
  ])("$what is read as it was sent", ({ ping }) => {
    const sent: unknown = JSON.parse(JSON.stringify(ping));
    expect(parsePing(sent)).toEqual(sent);
  });

  test.each([
    { what: "that is not over", payload: { closedTS: undefined }, code: "ping/out-of-range" },
    { what: "with stars that nobody gave", payload: { votedTS: undefined } },
    { what: "with a vote for nothing", payload: { score: undefined } },
    { what: "with six stars", payload: { score: 6 }, at: "/payload/score" },
    { what: "of another version", payload: { version: 2 }, at: "/payload/version" },
    {
      what: "with half a moment",
      payload: { offeredTS: 0.5 },
      at: "/payload/offeredTS",
      code: "ping/wrong-type",
    },
    { what: "with a flow that is none", payload: { flowId: "7" }, at: "/payload/flowId" },
    {
      what: "with a long survey id",
      payload: { surveyId: "s".repeat(101) },
      at: "/payload/surveyId",
    },
    {
      what: "with a survey id over two lines",
      payload: { surveyId: "a\nb" },
      at: "/payload/surveyId",
    },
    { what: "with a revision in words", payload: { surveyVersion: "v1" } },
    {
      what: "that carries the question",
      payload: { message: "?" },
      code: "ping/unknown-field",
      at: "/payload/message",
    },
    {
      what: "that denies that it is a test",
      payload: { testing: false },
      at: "/payload/testing",
    },
  ])("$what is refused", ({ payload, code = "ping/out-of-range", at }) => {
    const ping = aHeartbeatPing();
    const sent: unknown = JSON.parse(
      JSON.stringify({ ...ping, payload: { ...ping.payload, ...payload } }),
    );
    expect(() => parsePing(sent)).toThrow(
      expect.objectContaining({ code, ...(at === undefined ? {} : { at }) }),
    );
  });

  test("may not have the payload of another type", () => {
    expect(() => parsePing({ ...aPing(), type: "heartbeat" })).toThrow(
      expect.objectContaining({ at: expect.stringMatching(/^\/payload/u) as unknown }),
    );
    expect(() => parsePing({ ...aHeartbeatPing(), type: "event" })).toThrow(
      expect.objectContaining({ at: expect.stringMatching(/^\/payload/u) as unknown }),
    );
  });
});

function without(ping: ReturnType<typeof aHeartbeatPing>, ...names: readonly string[]): unknown {
  const payload = Object.entries(ping.payload).filter(([name]) => !names.includes(name));
  return { ...ping, payload: Object.fromEntries(payload) };
}
