import type { Enrollment } from "#core/enrollment.ts";
import { isLive, isStudy } from "#core/enrollment.ts";
import { prototypeNames } from "#recipes/members.ts";
import {
  annotationLimits,
  type Environment,
  type ExperimentAnnotation,
  labelPattern,
} from "#telemetry/environment.ts";
import { fitsExtra } from "#telemetry/event-fields.ts";
import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import type { Prompt } from "#core/heartbeat.ts";
import type { EnrollmentBook } from "#core/book.ts";
import type { Facts } from "#core/ports.ts";
import type {
  Application,
  EventPingReason,
  HealthPayload,
  HealthReason,
  PingOf,
  PingPayloads,
  PingType,
} from "#telemetry/pings.ts";
import type { StudyPingType } from "#telemetry/study-pings.ts";
import { localHour } from "./local-time.ts";
import { byProcess } from "./processes.ts";
import type { Recording } from "./recorder.ts";
import type { Scene, Subsession } from "./subsession.ts";

/** Everything about this browser that a ping says. */
export interface About {
  readonly application: Application;
  readonly locale: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly clientId: string;
  readonly enrollments: readonly Enrollment[];
}

/** Asks the browser what a ping says about it. */
export async function lookAround(
  book: Pick<EnrollmentBook, "all">,
  facts: Facts,
): Promise<Omit<About, "clientId">> {
  const [application, system] = await Promise.all([facts.application(), facts.system()]);
  return { application, ...system, enrollments: book.all() };
}

const minuteMs = 60_000;

/** Makes an `event` ping of what was recorded. */
export function assembleEventPing(
  recording: Recording,
  about: About,
  reason: EventPingReason,
  id: string,
  nowMs: number,
): PingOf<"event"> {
  const { session, events, lost, freshness } = recording;
  const payload = {
    reason,
    // To the minute, as Firefox does: the exact start would be another identifier.
    processStartTimestamp: Math.floor(session.startMs / minuteMs) * minuteMs,
    sessionId: session.sessionId,
    subsessionId: session.subsessionId,
    lostEventsCount: lost,
    events: { parent: events },
    ...(Object.keys(freshness).length === 0
      ? {}
      : { keyedScalars: { parent: { "normandy.recipe_freshness": freshness } } }),
  };
  return pingOf("event", payload, { ...about, ...sceneOf(about) }, id, nowMs);
}

/**
 * Makes the `heartbeat` ping of a survey that is over.
 *
 * @param isTesting - whether the browser is in dev mode
 */
export function assembleHeartbeatPing(
  { flowId, surveyId, surveyVersion, results, score }: Prompt,
  about: About,
  isTesting: boolean,
  id: string,
  nowMs: number,
): PingOf<"heartbeat"> {
  const payload = {
    version: 1,
    surveyId,
    surveyVersion,
    flowId,
    ...results,
    ...(score && { score }),
    ...(isTesting ? ({ testing: true } as const) : {}),
  } as const;
  return pingOf("heartbeat", payload, { ...about, ...sceneOf(about) }, id, nowMs);
}

/**
 * Makes the `main` ping of a part of a session that is over.
 *
 * @param zoneMinutes - by which local time is ahead of UTC
 */
export function assembleMainPing(
  { reason, session, endMs, scene, measures, log }: Subsession,
  about: About,
  id: string,
  zoneMinutes: number,
): PingOf<"main"> {
  const { startMs, subsessionStartMs, lastBuildId, ...chain } = session;
  const { application, environment } = scene ?? sceneOf(about);
  const { histograms, keyedHistograms } = measures;
  const payload = {
    ver: 4,
    info: {
      reason,
      timezoneOffset: zoneMinutes,
      previousBuildId: lastBuildId === application.buildId ? null : lastBuildId,
      ...chain,
      sessionStartDate: localHour(startMs, zoneMinutes),
      subsessionStartDate: localHour(subsessionStartMs, zoneMinutes),
      sessionLength: secondsBetween(startMs, endMs),
      subsessionLength: secondsBetween(subsessionStartMs, endMs),
    },
    histograms,
    keyedHistograms,
    processes: byProcess(measures),
    ...(log.length === 0 ? {} : { log }),
  } as const;
  return pingOf("main", payload, { ...about, application, environment }, id, endMs);
}

/** Makes the ping that asks a server to forget a client. */
export function assembleDeletionRequest(
  application: Application,
  clientId: string,
  id: string,
  nowMs: number,
): PingOf<"deletion-request"> {
  const payload = { reason: "set_upload_enabled" } as const;
  return { ...headOf("deletion-request", { application, clientId }, id, nowMs), payload };
}

/** What went wrong in sending since the last `health` ping. */
export interface Ailments {
  readonly discarded: NonNullable<HealthPayload["pingDiscardedForSize"]>;
  readonly failures: NonNullable<HealthPayload["sendFailure"]>;
}

/** Makes the `health` ping of what went wrong in sending. */
export function assembleHealthPing(
  { discarded, failures }: Ailments,
  { osName, osVersion, ...about }: Omit<About, "enrollments">,
  reason: HealthReason,
  id: string,
  nowMs: number,
): PingOf<"health"> {
  const payload = {
    os: { name: osName, version: osVersion },
    reason,
    ...(Object.keys(discarded).length === 0 ? {} : { pingDiscardedForSize: discarded }),
    ...(Object.keys(failures).length === 0 ? {} : { sendFailure: failures }),
  };
  return { ...headOf("health", about, id, nowMs), payload };
}

/** Makes a ping of a study's add-on. */
export function assembleStudyPing<T extends StudyPingType>(
  type: T,
  payload: PingPayloads[T],
  about: About,
  id: string,
  nowMs: number,
) {
  return pingOf(type, payload, { ...about, ...sceneOf(about) }, id, nowMs);
}

/** A clock that was set back is not told apart from no time at all. */
function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / 1000));
}

function pingOf<T extends PingType, P extends PingPayloads[T]>(
  type: T,
  payload: P,
  { environment, ...about }: Scene & Pick<About, "clientId">,
  id: string,
  nowMs: number,
) {
  return { ...headOf(type, about, id, nowMs), environment, payload };
}

/** What every ping says of itself and of where it comes from. */
function headOf<T extends PingType>(
  type: T,
  { application, clientId }: Pick<About, "application" | "clientId">,
  id: string,
  nowMs: number,
) {
  const creationDate = new Date(nowMs).toISOString();
  return { type, id, creationDate, version: 4, application, clientId } as const;
}

/** What a ping says of the browser now. */
export function sceneOf(about: Omit<About, "clientId">): Scene {
  return { application: about.application, environment: environmentOf(about) };
}

function environmentOf(about: Omit<About, "clientId">): Environment {
  return {
    settings: { locale: about.locale, telemetryEnabled: true },
    system: { os: { name: about.osName, version: about.osVersion } },
    experiments: Object.fromEntries(
      about.enrollments
        .filter(isLive)
        .map(
          (enrollment) =>
            [enrollment.slug.slice(0, annotationLimits.slug), annotationOf(enrollment)] as const,
        )
        .filter(isSendable),
    ),
  };
}

/** A store may hold what older versions took: one name that a server refuses would cost the whole ping. */
function isSendable([slug, { branch }]: readonly [string, ExperimentAnnotation]): boolean {
  return !prototypeNames.includes(slug) && labelPattern.test(slug) && labelPattern.test(branch);
}

function annotationOf(enrollment: Enrollment): ExperimentAnnotation {
  const branch = isStudy(enrollment) ? enrollment.branch : "active";
  return {
    branch: branch.slice(0, annotationLimits.branch),
    type: typeOf(enrollment).slice(0, annotationLimits.type),
    enrollmentId: fitsExtra("enrollmentId", enrollment.enrollmentId)
      ? enrollment.enrollmentId
      : noEnrollmentIdMarker,
  };
}

function typeOf(enrollment: Enrollment): string {
  switch (enrollment.kind) {
    case "preference-study":
      return `normandy-${enrollment.experimentType}`;
    case "preference-rollout":
      return "normandy-prefrollout";
    case "addon-study":
      return "normandy-addonstudy";
    case "addon-rollout":
      return "normandy-addonrollout";
  }
}
