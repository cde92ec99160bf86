import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assembleEventPing } from "#extension/telemetry/assemble.ts";
import type { Recording } from "#extension/telemetry/recorder.ts";
import { parseJson } from "#recipes/json.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { Ping } from "#telemetry/pings.ts";
import { aPing, anEnrollEvent } from "#kit/pings.ts";
import { aUuid } from "#kit/client.ts";
import { aSession } from "#kit/sessions.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
  keptId,
} from "#kit/situation.ts";

/** As a server reads it: the text first, then the ping. */
function taken(ping: Ping): Ping {
  return parsePing(parseJson(JSON.stringify(ping)));
}

describe("an event ping", () => {
  const recording: Recording = {
    session: aSession({ startMs: 1_795_000_059_999 }),
    scene: null,
    log: [],
    over: [],
    events: [anEnrollEvent()],
    lost: 3,
    freshness: {},
  };
  const about = {
    application: aPing().application,
    locale: "de-AT",
    osName: "Linux",
    osVersion: "6.1",
    clientId: aUuid(9),
    enrollments: [
      aStudyEnrollment(),
      aStudyEnrollment({ slug: "popular", experimentType: "exp-highpop" }),
      aStudyEnrollment({ slug: "over", state: "ended" }),
      aRolloutEnrollment(),
      aRolloutEnrollment({ slug: "gone", state: "graduated" }),
      anAddonEnrollment(),
      anAddonRolloutEnrollment(),
      anAddonRolloutEnrollment({ slug: "left", state: "opted-out" }),
    ],
  };
  const assemble = (said: Partial<Recording> = {}, of = about) =>
    assembleEventPing({ ...recording, ...said }, of, "periodic", aUuid(5), 1_795_000_100_000);

  test("says what ran in this browser while it happened, and nothing that is over", () => {
    const annotation = (branch: string, type: string) => ({ branch, type, enrollmentId: keptId });
    expect(assemble().environment).toEqual({
      settings: { locale: "de-AT", telemetryEnabled: true },
      system: { os: { name: "Linux", version: "6.1" } },
      experiments: {
        "tab-study": annotation("treatment", "normandy-exp"),
        popular: annotation("treatment", "normandy-exp-highpop"),
        "fast-tabs": annotation("active", "normandy-prefrollout"),
        "reader-study": annotation("treatment", "normandy-addonstudy"),
        "quiet-reader": annotation("active", "normandy-addonrollout"),
      },
    });
  });

  test("cuts what is too long", () => {
    const long = "x".repeat(300);
    const enrollments = [aStudyEnrollment({ slug: long, branch: long })];
    expect(assemble({}, { ...about, enrollments }).environment.experiments).toEqual({
      ["x".repeat(100)]: {
        branch: "x".repeat(100),
        type: "normandy-exp",
        enrollmentId: keptId,
      },
    });
  });

  test("tells the session's start to the minute, and what was lost", () => {
    const ping = assemble();
    expect(ping).toMatchObject({
      type: "event",
      id: aUuid(5),
      creationDate: "2026-11-18T11:08:20.000Z",
      version: 4,
      clientId: aUuid(9),
    });
    expect(ping.payload).toEqual({
      reason: "periodic",
      processStartTimestamp: 1_795_000_020_000,
      sessionId: aUuid(1),
      subsessionId: aUuid(2),
      lostEventsCount: 3,
      events: { parent: [anEnrollEvent()] },
    });
  });

  test("carries freshness where there is any", () => {
    expect(assemble({ freshness: { 7: 1_795_000_000 } }).payload.keyedScalars).toEqual({
      parent: { "normandy.recipe_freshness": { 7: 1_795_000_000 } },
    });
  });

  test("is one that the server takes", () => {
    const ping = assemble({ freshness: { 7: 1_795_000_000 } });
    expect(taken(ping)).toEqual(ping);
  });

  test.each(["constructor", "prototype", "__proto__", "", "two\nlines"])(
    "leaves out what an older version enrolled under the slug %j, and is taken",
    (slug) => {
      const enrollments = [anAddonEnrollment({ slug }), aStudyEnrollment({ slug: "good" })];
      const { environment } = taken(assemble({}, { ...about, enrollments }));
      // The good one beside it is told.
      expect(Object.keys(environment?.experiments ?? {})).toEqual(["good"]);
    },
  );

  test("is taken whatever the store says that runs here", () => {
    const text = fc.oneof(
      fc
        .array(fc.constantFrom("a", "-", "\u0000", "\n", "\u{1f347}", "\ud83c"), { maxLength: 120 })
        .map((characters) => characters.join("")),
      fc.constantFrom("constructor", "__proto__", "prototype", "a"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text), { maxLength: 4 }), (stored) => {
        const enrollments = stored.map(([slug, branch, enrollmentId]) =>
          anAddonEnrollment({ slug, branch, enrollmentId }),
        );
        taken(assemble({}, { ...about, enrollments }));
      }),
    );
  });
});
