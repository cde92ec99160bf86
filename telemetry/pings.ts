import type { Environment } from "./environment.ts";
import type { WireEvent } from "./events.ts";
import type { SendFailure } from "./send-failures.ts";
import type { MeasuresSnapshot } from "./measures.ts";
import { type StudyPingPayload, studyPings, type StudyPingType } from "./study-pings.ts";

/** The application part of the common ping format, version 4. */
export interface Application {
  /** For example `x86-64`. */
  readonly architecture: string;
  /** `YYYYMMDDhhmmss`. */
  readonly buildId: string;
  readonly name: string;
  readonly version: string;
  readonly displayVersion: string;
  readonly vendor: string;
  readonly platformVersion: string;
  readonly xpcomAbi: string;
  readonly channel: string;
}

/** Why an `event` ping was made. */
export type EventPingReason = "periodic" | "max" | "shutdown";

/** Payload of the `event` ping. */
export interface EventPingPayload {
  readonly reason: EventPingReason;
  /** Milliseconds since 1970 at which the session began, rounded down to the minute. */
  readonly processStartTimestamp: number;
  readonly sessionId: string;
  readonly subsessionId: string;
  /** Events that were not kept because the buffer was full. */
  readonly lostEventsCount: number;
  readonly events: { readonly [process in ProcessName]?: readonly WireEvent[] };
  /** Keyed scalars recorded in the same span, for example `normandy.recipe_freshness`. */
  readonly keyedScalars?: {
    readonly [process in ProcessName]?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

export type ProcessName = "parent" | "dynamic";

/** What can happen to the page of a survey, as the ping names the moment of it. */
export const heartbeatMoments = [
  "offeredTS",
  "learnMoreTS",
  "engagedTS",
  "votedTS",
  "expiredTS",
  "closedTS",
  "windowClosedTS",
] as const;
export type HeartbeatMoment = (typeof heartbeatMoments)[number];

/** How many stars a survey can be given. */
export const heartbeatScores = [1, 2, 3, 4, 5] as const;
export type HeartbeatScore = (typeof heartbeatScores)[number];

/** Payload of the `heartbeat` ping: one for each survey that was shown, made when it is over. */
export type HeartbeatPayload = {
  /** In milliseconds since 1970; absent where it did not happen. */
  readonly [M in HeartbeatMoment]?: number;
} & {
  readonly version: 1;
  /** As the recipe says, and `::` and the randomisation id behind it where the recipe asks for that. */
  readonly surveyId: string;
  /** The recipe's revision. */
  readonly surveyVersion: string;
  /** UUID of this one showing. */
  readonly flowId: string;
  /** Beside `votedTS`. */
  readonly score?: HeartbeatScore;
  /** The browser is in dev mode: results leave it out. */
  readonly testing?: true;
};

/**
 * Why a part of a session ended: at midnight, because the environment became another one, with the
 * browser, or nobody knows how.
 */
export const mainPingReasons = [
  "daily",
  "environment-change",
  "shutdown",
  "aborted-session",
] as const;
export type MainPingReason = (typeof mainPingReasons)[number];

/** Payload of the `main` ping: one for each part of a session, with all that was measured in it. */
export interface MainPingPayload extends Pick<MeasuresSnapshot, "histograms" | "keyedHistograms"> {
  readonly ver: 4;
  readonly info: {
    readonly reason: MainPingReason;
    /** Minutes by which local time is ahead of UTC. */
    readonly timezoneOffset: number;
    /** The build of the session before, where it was another one. */
    readonly previousBuildId: string | null;
    readonly sessionId: string;
    readonly subsessionId: string;
    readonly previousSessionId: string | null;
    readonly previousSubsessionId: string | null;
    readonly subsessionCounter: number;
    readonly profileSubsessionCounter: number;
    /** Local time with its zone, the hour begun. */
    readonly sessionStartDate: string;
    readonly subsessionStartDate: string;
    /** In seconds. */
    readonly sessionLength: number;
    readonly subsessionLength: number;
  };
  readonly processes: {
    readonly parent: Pick<MeasuresSnapshot, "scalars" | "keyedScalars">;
    /** What add-ons of studies recorded, where they did. */
    readonly dynamic?: Pick<MeasuresSnapshot, "scalars" | "keyedScalars">;
  };
  /** What went wrong in sending pings, oldest first. */
  readonly log?: readonly SendFailure[];
}

/** Ways in which a ping got no answer, in the words of Firefox's own `health` ping. */
export const healthFailures = [
  "eUnreachable",
  "eRequest",
  "eRedirect",
  "timeout",
  "abort",
] as const;
export type HealthFailure = (typeof healthFailures)[number];

/** `immediate`: of what has just gone wrong; `delayed`: the hour since the last one had to pass first. */
export const healthReasons = ["immediate", "delayed"] as const;
export type HealthReason = (typeof healthReasons)[number];

/** Payload of the `health` ping: what went wrong in sending pings. */
export interface HealthPayload {
  readonly os: { readonly name: string; readonly version: string };
  readonly reason: HealthReason;
  /** Pings that were too large to be sent, by type. */
  readonly pingDiscardedForSize?: { readonly [T in PingType]?: number };
  /** Tries that got no answer. */
  readonly sendFailure?: { readonly [F in HealthFailure]?: number };
}

/** Payload of the `deletion-request` ping: telemetry was switched off, and its `clientId` is to be forgotten. */
export interface DeletionRequestPayload {
  readonly reason: "set_upload_enabled";
}

/** Which payload each ping type carries. The keys are every type that a client can send. */
export interface PingPayloads extends Readonly<Record<StudyPingType, StudyPingPayload>> {
  readonly "deletion-request": DeletionRequestPayload;
  readonly event: EventPingPayload;
  readonly health: HealthPayload;
  readonly heartbeat: HeartbeatPayload;
  readonly main: MainPingPayload;
}
export type PingType = keyof PingPayloads;

/** Every type, where types are not enough. */
export const knownTypes = {
  "deletion-request": true,
  event: true,
  health: true,
  heartbeat: true,
  main: true,
  ...studyPings,
} as const satisfies { readonly [T in PingType]: unknown };

/** Whether a ping can have this type. */
export function isPingType(type: string): type is PingType {
  return Object.hasOwn(knownTypes, type);
}

/** Types that say nothing of the browser's environment, because what they tell needs none of it. */
type BarePingType = "deletion-request" | "health";

/** The common ping format. */
export type PingOf<T extends PingType> = CommonPing<T> &
  (T extends BarePingType
    ? { readonly environment?: never }
    : { readonly environment: Environment });

interface CommonPing<T extends PingType> {
  readonly type: T;
  /** The document id: a UUID, new for every ping. */
  readonly id: string;
  /** ISO 8601, by the client's clock. */
  readonly creationDate: string;
  readonly version: 4;
  readonly application: Application;
  readonly clientId: string;
  readonly payload: PingPayloads[T];
}
export type Ping = { [T in PingType]: PingOf<T> }[PingType];

/** Limits of a ping on the wire, in bytes. */
export const pingLimits = {
  /** Body as sent, compressed or not. */
  rawBytes: 1024 * 1024,
  /** Body after gunzip. */
  decodedBytes: 5 * 1024 * 1024,
  jsonDepth: 64,
  jsonKeys: 10_000,
} as const;

/** Events in one event ping at most; then one is made at once. */
export const eventPingMaxEvents = 1_000;
