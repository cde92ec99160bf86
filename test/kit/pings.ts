import type { WireEvent } from "#telemetry/events.ts";
import type { EventPingPayload, HeartbeatPayload, PingOf } from "#telemetry/pings.ts";
import type { SendFailure } from "#telemetry/send-failures.ts";

// Pings for tests: each valid as it is, and different only in what a test says about it.

/** An `event` ping with one enrolment, one uptake status and one keyed scalar. */
export function aPing(
  overrides: Partial<Omit<PingOf<"event">, "payload">> & {
    readonly payload?: Partial<EventPingPayload>;
  } = {},
): PingOf<"event"> {
  const { payload, ...rest } = overrides;
  return {
    type: "event",
    id: "0b0f3f64-6c0a-4d3c-9d0f-0a4f5f3c1f01",
    creationDate: "2026-11-22T10:15:30.123Z",
    version: 4,
    application: {
      architecture: "x86-64",
      buildId: "20261020123456",
      name: "Firefox",
      version: "153.0",
      displayVersion: "153.0esr",
      vendor: "Mozilla",
      platformVersion: "153.0",
      xpcomAbi: "x86_64-gcc3",
      channel: "esr",
    },
    clientId: "2907648d-711b-4e9f-94b5-52a2b40a44b1",
    environment: {
      settings: { locale: "en-US", telemetryEnabled: true },
      system: { os: { name: "Linux", version: "6.1.0-21-amd64" } },
      experiments: {
        "tab-study": { branch: "treatment", type: "normandy-exp", enrollmentId: anEnrollmentId },
      },
    },
    ...rest,
    payload: {
      reason: "periodic",
      processStartTimestamp: 1_795_342_500_000,
      sessionId: "6f3a4f0e-8f0e-4f57-8a8a-3f0d5f9f2b02",
      subsessionId: "7c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c03",
      lostEventsCount: 0,
      events: { parent: [anEnrollEvent(), anUptakeEvent()] },
      keyedScalars: { parent: { "normandy.recipe_freshness": { "1": 1_795_000_000 } } },
      ...payload,
    },
  };
}

/** A `heartbeat` ping of a survey that was given four stars. */
export function aHeartbeatPing(payload: Partial<HeartbeatPayload> = {}): PingOf<"heartbeat"> {
  const { type: _event, payload: _events, ...common } = aPing();
  return {
    ...common,
    type: "heartbeat",
    payload: {
      version: 1,
      surveyId: "tabs-survey",
      surveyVersion: "7",
      flowId: "9c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c05",
      offeredTS: 1_795_342_510_000,
      votedTS: 1_795_342_520_000,
      closedTS: 1_795_342_525_000,
      score: 4,
      ...payload,
    },
  };
}

/** A `main` ping whose log says that these pings could not be sent. */
export function aMainPing(
  log: readonly SendFailure[] = [["TELEMETRY_SEND_FAILURE", 61_000, "errorhandler", "timeout"]],
): PingOf<"main"> {
  const { type: _event, payload, ...common } = aPing();
  const { sessionId, subsessionId } = payload;
  return { ...common, type: "main", payload: { sessionId, subsessionId, log } };
}

export const anEnrollmentId = "4dd8d08e-9f3a-4a52-8a4e-9b1c6e8d4e04";

export function anEnrollEvent(): WireEvent {
  return [
    1_200,
    "normandy",
    "enroll",
    "preference_study",
    "tab-study",
    { experimentType: "exp", branch: "treatment", enrollmentId: anEnrollmentId },
  ];
}

export function anUptakeEvent(): WireEvent {
  return [
    1_300,
    "uptake.remotecontent.result",
    "uptake",
    "normandy",
    "success",
    { source: "normandy/recipe/1" },
  ];
}
