import { enrollmentIdPattern } from "./event-fields.ts";
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

const mainFieldDocs: Readonly<Record<string, PingField>> = {
  "payload/sessionId": { doc: "Id of the session.", pattern: uuidPattern },
  "payload/subsessionId": { doc: "Id of the part of the session.", pattern: uuidPattern },
  "payload/log": { doc: "Pings that could not be sent: see below." },
};

/** Every leaf of each ping by its place; `*` stands for a slug, a process or a recipe id. */
export const pingFieldDocs = {
  common: commonFieldDocs,
  event: eventFieldDocs,
  heartbeat: heartbeatFieldDocs,
  main: mainFieldDocs,
} as const satisfies { readonly [T in PingType | "common"]: Readonly<Record<string, PingField>> };

function within(
  section: string,
  fields: Readonly<Record<string, TextField>>,
): Readonly<Record<string, PingField>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [`${section}/${name}`, field]),
  );
}
