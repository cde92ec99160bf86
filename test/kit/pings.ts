import type { WireEvent } from "#telemetry/events.ts";
import type {
  EventPingPayload,
  HealthPayload,
  HeartbeatPayload,
  MainPingPayload,
  PingOf,
} from "#telemetry/pings.ts";
import type { StudyPingPayload } from "#telemetry/study-pings.ts";

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

/** The wish of a client to be forgotten. */
export function aDeletionRequest(
  overrides: Partial<PingOf<"deletion-request">> = {},
): PingOf<"deletion-request"> {
  const { type: _event, environment: _environment, payload: _events, ...common } = aPing();
  return {
    ...common,
    type: "deletion-request",
    payload: { reason: "set_upload_enabled" },
    ...overrides,
  };
}

/** A `health` ping of a ping that was too large and of one that got no answer. */
export function aHealthPing(payload: Partial<HealthPayload> = {}): PingOf<"health"> {
  return {
    ...aDeletionRequest(),
    type: "health",
    payload: {
      os: { name: "Linux", version: "6.1.0-21-amd64" },
      reason: "immediate",
      pingDiscardedForSize: { main: 1 },
      sendFailure: { timeout: 3 },
      ...payload,
    },
  };
}

/** A ping of the example study's add-on, in a branch that QA chose. */
export function aStudyPing(payload: Partial<StudyPingPayload> = {}): PingOf<"study-feature"> {
  const { type: _event, payload: _events, ...common } = aPing();
  return {
    ...common,
    type: "study-feature",
    payload: {
      study: {
        slug: "feature-study",
        branch: "with",
        enrollmentId: anEnrollmentId,
        addonVersion: "1.0.0",
      },
      values: { presses: 3, mark: true, outcome: "kept" },
      testing: true,
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

/** A `main` ping of the second part of a browser's first session, with one of each thing that is measured. */
export function aMainPing(payload: Partial<MainPingPayload> = {}): PingOf<"main"> {
  const { type: _event, payload: _events, ...common } = aPing();
  const histogram = {
    bucket_count: 50,
    histogram_type: 0,
    sum: 84,
    range: [1, 60_000],
    values: { 32: 0, 40: 2, 50: 0 },
  } as const;
  return {
    ...common,
    type: "main",
    payload: {
      ver: 4,
      info: {
        reason: "daily",
        timezoneOffset: 60,
        previousBuildId: "20261001123456",
        sessionId: "6f3a4f0e-8f0e-4f57-8a8a-3f0d5f9f2b02",
        subsessionId: "7c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c03",
        previousSessionId: "6f3a4f0e-8f0e-4f57-8a8a-3f0d5f9f2b01",
        previousSubsessionId: "7c1d2b9a-4a52-4b43-9a77-0f6f6f6d3c02",
        subsessionCounter: 2,
        profileSubsessionCounter: 7,
        sessionStartDate: "2026-11-21T15:00:00.0+01:00",
        subsessionStartDate: "2026-11-22T00:00:00.0+01:00",
        sessionLength: 40_000,
        subsessionLength: 8_000,
      },
      histograms: { MULBERRY_RUN_MS: histogram },
      keyedHistograms: { MULBERRY_ADDON_INSTALL_MS: { installed: histogram } },
      processes: {
        parent: {
          scalars: { "mulberry.usage.active_spans": 12 },
          keyedScalars: { "telemetry.accumulate_clamped_values": { MULBERRY_RUN_MS: 1 } },
        },
        dynamic: {
          scalars: { "study.feature.presses": 3 },
          keyedScalars: { "study.feature.presses_by_place": { toolbar: 3 } },
        },
      },
      ...payload,
    },
  };
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
