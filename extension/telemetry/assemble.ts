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
import type {
  Application,
  EventPingReason,
  PingOf,
  PingPayloads,
  PingType,
} from "#telemetry/pings.ts";
import type { Recording } from "./recorder.ts";

/** Everything about this browser that a ping says. */
export interface About {
  readonly application: Application;
  readonly locale: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly clientId: string;
  readonly enrollments: readonly Enrollment[];
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
  return pingOf("event", payload, about, id, nowMs);
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
  return pingOf("heartbeat", payload, about, id, nowMs);
}

function pingOf<T extends PingType>(
  type: T,
  payload: PingPayloads[T],
  about: About,
  id: string,
  nowMs: number,
): PingOf<T> {
  return {
    type,
    id,
    creationDate: new Date(nowMs).toISOString(),
    version: 4,
    application: about.application,
    clientId: about.clientId,
    environment: environmentOf(about),
    payload,
  };
}

function environmentOf(about: About): Environment {
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
