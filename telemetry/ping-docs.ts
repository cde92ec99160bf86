import { enrollmentIdPattern, extraFields } from "./event-fields.ts";
import {
  applicationFields,
  datePattern,
  environmentFields,
  revisionPattern,
  surveyIdPattern,
  type TextField,
  uuidPattern,
} from "./fields.ts";
import type { PingType } from "./pings.ts";
import { type StudyPing, studyPings } from "./study-pings.ts";

export interface PingField {
  readonly doc: string;
  /** For texts: the only form that is accepted. */
  readonly pattern?: RegExp;
}

/** Every leaf outside the payload by its place; `*` stands for a slug. */
const commonFieldDocs: Readonly<Record<string, PingField>> = {
  type: { doc: "The ping's type." },
  id: { doc: "Id of this document, new for every ping.", pattern: uuidPattern },
  creationDate: { doc: "When the ping was made, by the browser's clock.", pattern: datePattern },
  version: { doc: "4, the version of the common ping format." },
  clientId: {
    doc: "Id of this browser's telemetry; another one after telemetry was off.",
    pattern: uuidPattern,
  },
  ...within("application", applicationFields),
};

/** The same of a ping's `environment`, which not every type has. */
const environmentFieldDocs: Readonly<Record<string, PingField>> = {
  ...within("environment", environmentFields),
  "environment/settings/telemetryEnabled": { doc: "Whether the person lets telemetry be sent." },
  "environment/experiments/*/branch": {
    doc: "Branch of a running study, `active` for a rollout; the key is the slug.",
  },
  "environment/experiments/*/enrollmentId": {
    doc: "Id of this one enrolment, or its filler.",
    pattern: enrollmentIdPattern,
  },
};

const deletionFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/reason": { doc: "`set_upload_enabled`: telemetry was switched off." },
};

const healthFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/os/name": environmentFields["system/os/name"],
  "payload/os/version": environmentFields["system/os/version"],
  "payload/reason": {
    doc: "`immediate`, or `delayed` where the hour since the one before had to pass first.",
  },
  "payload/pingDiscardedForSize/*": {
    doc: "Pings that were not sent because they were too large, by type.",
  },
  "payload/sendFailure/*": {
    doc: "Tries that got no answer: `eUnreachable`, `eRequest` (an answer that is none of ours), `eRedirect`, `timeout`, or `abort` where we ended them ourselves.",
  },
};

const eventFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/reason": {
    doc: "`periodic`, `max` (the buffer was full) or `shutdown` (the session ended).",
  },
  "payload/processStartTimestamp": {
    doc: "When the session began, in milliseconds since 1970, rounded down to the minute.",
  },
  "payload/sessionId": { doc: "Id of the session.", pattern: uuidPattern },
  "payload/subsessionId": { doc: "Id of the part of the session.", pattern: uuidPattern },
  "payload/lostEventsCount": { doc: "Events that were not kept because the buffer was full." },
  "payload/events/*": {
    doc: "The events by process: `parent` for the browser, `dynamic` for an extension.",
  },
  "payload/keyedScalars/*/normandy.recipe_freshness/*": {
    doc: "When a recipe was last changed, in seconds since 1970.",
  },
};

const heartbeatFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/version": { doc: "1, the version of this payload." },
  "payload/surveyId": {
    doc: "The survey's id; behind `::` the randomisation id, where the recipe asks for it.",
    pattern: surveyIdPattern,
  },
  "payload/surveyVersion": { doc: "Revision of the recipe.", pattern: revisionPattern },
  "payload/flowId": { doc: "Id of this one showing.", pattern: uuidPattern },
  "payload/offeredTS": {
    doc: "When the question was there to be seen; absent where its page never came.",
  },
  "payload/learnMoreTS": { doc: "When the link of the survey was first followed." },
  "payload/engagedTS": { doc: "When the button was pressed that stands in place of the stars." },
  "payload/votedTS": { doc: "When stars were given." },
  "payload/score": { doc: "How many stars, 1 to 5." },
  "payload/expiredTS": { doc: "When the survey ended because nobody had answered it." },
  "payload/closedTS": { doc: "When the page closed: by itself, or by its own button." },
  "payload/windowClosedTS": {
    doc: "When the page was closed by the browser; when that was noticed, where it was closed unseen.",
  },
  "payload/testing": { doc: "`true` in dev mode: results leave it out." },
};

const snapshotDocs = (place: string): Readonly<Record<string, PingField>> => ({
  [`${place}/bucket_count`]: { doc: "How many buckets the histogram has." },
  [`${place}/histogram_type`]: {
    doc: "Its kind: 0 exponential, 1 linear and enumerated, 2 boolean, 3 flag, 4 count, 5 categorical.",
  },
  [`${place}/sum`]: { doc: "Sum of the samples." },
  [`${place}/range`]: { doc: "Where the second bucket begins, and the last one." },
  [`${place}/values/*`]: { doc: "Samples in the bucket that begins at the key." },
});

const mainFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/ver": { doc: "4, the version of this payload." },
  "payload/info/reason": {
    doc: "Why this part of the session ended: `daily`, `environment-change` (the environment is the old one), `shutdown`, or `aborted-session` where no end was seen.",
  },
  "payload/info/timezoneOffset": { doc: "Minutes by which local time is ahead of UTC." },
  "payload/info/previousBuildId": {
    doc: "The browser's build in the session before, where it was another one; else `null`.",
    pattern: applicationFields.buildId.pattern,
  },
  "payload/info/sessionId": { doc: "Id of the session.", pattern: uuidPattern },
  "payload/info/subsessionId": { doc: "Id of this part of it.", pattern: uuidPattern },
  "payload/info/previousSessionId": {
    doc: "Id of the session before; `null` in the first one.",
    pattern: uuidPattern,
  },
  "payload/info/previousSubsessionId": {
    doc: "Id of the part before, whichever session that was in; `null` in the first one.",
    pattern: uuidPattern,
  },
  "payload/info/subsessionCounter": { doc: "The place of this part in its session, from 1 on." },
  "payload/info/profileSubsessionCounter": {
    doc: "The same over all sessions since telemetry was switched on.",
  },
  "payload/info/sessionStartDate": {
    doc: "When the session began, in local time, rounded down to the hour.",
    pattern: datePattern,
  },
  "payload/info/subsessionStartDate": {
    doc: "When this part began, in local time, rounded down to the hour.",
    pattern: datePattern,
  },
  "payload/info/sessionLength": { doc: "Seconds from the session's start, by the clock." },
  "payload/info/subsessionLength": { doc: "Seconds from the start of this part." },
  ...snapshotDocs("payload/histograms/*"),
  ...snapshotDocs("payload/keyedHistograms/*/*"),
  "payload/processes/parent/scalars/*": { doc: "Value of a scalar." },
  "payload/processes/parent/keyedScalars/*/*": { doc: "Value of a scalar, by key." },
  "payload/processes/dynamic/scalars/*": { doc: "The same of what add-ons of studies recorded." },
  "payload/processes/dynamic/keyedScalars/*/*": { doc: "And by key." },
  "payload/log": { doc: "Pings that could not be sent: see below." },
};

const studyFieldDocs = ({ fields }: StudyPing): Readonly<Record<string, PingField>> => ({
  "payload/study/slug": { doc: "Slug of the study that the add-on belongs to." },
  "payload/study/branch": { doc: "Its branch." },
  "payload/study/enrollmentId": {
    doc: "Id of this one enrolment.",
    pattern: enrollmentIdPattern,
  },
  "payload/study/addonVersion": {
    doc: "Version of the add-on.",
    pattern: extraFields.addonVersion.pattern,
  },
  ...Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      `payload/values/${name}`,
      { doc: field.doc, ...(field.kind === "string" ? { pattern: field.pattern } : {}) },
    ]),
  ),
  "payload/testing": { doc: "`true` where QA chose the branch: results leave it out." },
});

/** Every leaf of each ping by its place; `*` stands for a slug, a process, a recipe id, a probe, a key or a bucket. */
export const pingFieldDocs = {
  common: commonFieldDocs,
  environment: environmentFieldDocs,
  "deletion-request": deletionFieldDocs,
  event: eventFieldDocs,
  health: healthFieldDocs,
  heartbeat: heartbeatFieldDocs,
  main: mainFieldDocs,
  "study-feature": studyFieldDocs(studyPings["study-feature"]),
} as const satisfies {
  readonly [T in PingType | "common" | "environment"]: Readonly<Record<string, PingField>>;
};

function within(
  section: string,
  fields: Readonly<Record<string, TextField>>,
): Readonly<Record<string, PingField>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [`${section}/${name}`, field]),
  );
}
