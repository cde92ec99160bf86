import { describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { MemoryBeacon, MemoryFacts } from "#core/memory.ts";
import { assembleMainPing } from "#extension/telemetry/assemble.ts";
import { localDay, localHour, zoneMinutesAt } from "#extension/telemetry/local-time.ts";
import { ofAllProcesses } from "#extension/telemetry/processes.ts";
import type { Subsession } from "#extension/telemetry/subsession.ts";
import { anAuthority } from "#kit/authority.ts";
import { aUuid, aWorld, type World } from "#kit/client.ts";
import { aMainPing, aPing } from "#kit/pings.ts";
import { aScene, aSession } from "#kit/sessions.ts";
import { aRolloutEnrollment } from "#kit/situation.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { PingOf } from "#telemetry/pings.ts";

/** 2026-11-22T15:31:40.123Z */
const startMs = Date.UTC(2026, 10, 22, 15, 31, 40, 123);
const about = {
  application: aPing().application,
  locale: "de-AT",
  osName: "Linux",
  osVersion: "6.1",
  clientId: aUuid(9),
  enrollments: [aRolloutEnrollment()],
};
const { histograms, keyedHistograms, processes } = aMainPing().payload;
const over = (said: Partial<Subsession> = {}): Subsession => ({
  reason: "environment-change",
  session: aSession({ startMs, subsessionStartMs: startMs + 3_600_000 }),
  endMs: startMs + 5_400_999,
  scene: aScene(),
  measures: { histograms, keyedHistograms, ...ofAllProcesses(processes) },
  log: [],
  ...said,
});
const assemble = (said: Partial<Subsession> = {}, zoneMinutes = 60) =>
  assembleMainPing(over(said), about, aUuid(5), zoneMinutes);

describe("the main ping of a part of a session", () => {
  test("holds what was measured, and a server takes it", () => {
    const ping = assemble();
    expect(parsePing(JSON.parse(JSON.stringify(ping)))).toEqual(ping);
    expect(ping).toMatchObject({
      type: "main",
      id: aUuid(5),
      clientId: aUuid(9),
      creationDate: "2026-11-22T17:01:41.122Z",
      payload: { ver: 4, histograms, keyedHistograms, processes },
    });
  });

  test("says nothing of add-ons of studies where none recorded anything", () => {
    const measures = { histograms, keyedHistograms, ...processes.parent };
    const { payload } = assemble({ measures });
    expect(payload.processes).toEqual({ parent: processes.parent });
  });

  test("says when it was, to the hour, and how long", () => {
    expect(assemble().payload.info).toEqual({
      reason: "environment-change",
      timezoneOffset: 60,
      previousBuildId: null,
      sessionId: aUuid(1),
      subsessionId: aUuid(2),
      previousSessionId: null,
      previousSubsessionId: null,
      subsessionCounter: 1,
      profileSubsessionCounter: 1,
      sessionStartDate: "2026-11-22T16:00:00.0+01:00",
      subsessionStartDate: "2026-11-22T17:00:00.0+01:00",
      sessionLength: 5_400,
      subsessionLength: 1_800,
    });
  });

  test("has the environment of then; where nobody had looked, that of now", () => {
    expect(assemble()).toMatchObject(aScene());
    const now = assemble({ scene: null }).environment;
    expect(now.settings.locale).toBe("de-AT");
    expect(Object.keys(now.experiments)).toEqual(["fast-tabs"]);
  });

  test("takes no time at all by a clock that was set back", () => {
    const { info } = assemble({ endMs: startMs - 1 }).payload;
    expect(info).toMatchObject({ sessionLength: 0, subsessionLength: 0 });
  });

  test.each([
    [null, null],
    ["20260901000000", "20260901000000"],
    [aScene().application.buildId, null],
  ])("after a session of the build %s names %s", (lastBuildId, previousBuildId) => {
    const { info } = assemble({ session: aSession({ lastBuildId }) }).payload;
    expect(info.previousBuildId).toBe(previousBuildId);
  });
});

describe("local time", () => {
  test.each([
    [0, "2026-11-22T15:00:00.0+00:00"],
    [-480, "2026-11-22T07:00:00.0-08:00"],
    [330, "2026-11-22T21:00:00.0+05:30"],
    [-570, "2026-11-22T06:00:00.0-09:30"],
    [840, "2026-11-23T05:00:00.0+14:00"],
  ])("%d minutes ahead is written as %s", (zoneMinutes, written) => {
    expect(localHour(startMs, zoneMinutes)).toBe(written);
  });

  test("has another day after its own midnight", () => {
    const midnight = Date.UTC(2026, 10, 22, 23);
    expect(localDay(midnight, 60) - localDay(midnight - 1, 60)).toBe(1);
    expect(localDay(midnight, 0) - localDay(midnight - 1, 0)).toBe(0);
  });

  test("is ahead by what the browser says", () => {
    expect(zoneMinutesAt(startMs) + new Date(startMs).getTimezoneOffset()).toBe(0);
  });
});

/** What the server got of main pings. */
function sent({ network }: World): readonly PingOf<"main">[] {
  const pings = network.asked
    .filter(({ url }) => url.includes("/main/"))
    .map(({ json }) => parsePing(JSON.parse(json ?? "")));
  return pings.filter((ping) => ping.type === "main");
}

describe("a browser that starts anew", () => {
  test.each([
    ["as it should", new MemoryBeacon(), true, "shutdown"],
    ["nobody knows how", new MemoryBeacon(), false, "aborted-session"],
    ["and does not let us see how", new MemoryBeacon(false), true, "aborted-session"],
  ] as const)("after it ended %s sends what it measured", async (_, beacon, isClean, reason) => {
    const authority = await anAuthority();
    const world = aWorld(authority);
    world.network.serve(await authority.bundle());
    /** A client in a session that begins now. */
    const startedIn = (locale: string): Client =>
      world.client({
        ...world.ports,
        beacon,
        facts: new MemoryFacts({ locale, sessionStart: world.clock.nowMs() }),
      });
    const first = startedIn("en-US");
    await first.start();
    await first.flush();
    expect(sent(world)).toEqual([]);

    if (isClean) beacon.text = beacon.text?.replace('"isClean":false', '"isClean":true');
    world.clock.advance(60_000);
    const second = startedIn("fr");
    await second.start();
    await second.flush();
    expect(sent(world)).toMatchObject([
      {
        // As it was then.
        environment: { settings: { locale: "en-US" } },
        payload: {
          info: { reason, previousSessionId: null, profileSubsessionCounter: 1 },
          histograms: { MULBERRY_RUN_MS: { values: { 0: 1 } }, MULBERRY_VERIFY_MS: {} },
        },
      },
    ]);
    await second.flush();
    expect(sent(world)).toHaveLength(1);
  });
});
