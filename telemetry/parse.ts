import * as v from "valibot";
import { annotationLimits, labelPattern } from "./environment.ts";
import { PingError, type PingErrorCode } from "./errors.ts";
import { enrollmentIdPattern } from "./event-fields.ts";
import type { WireEvent } from "./events.ts";
import {
  applicationFields,
  datePattern,
  environmentFields,
  pingTypePattern,
  recipeIdPattern,
  revisionPattern,
  surveyIdPattern,
  type TextField,
  uuidPattern,
} from "./fields.ts";
import { parseWireEvent } from "./parse-event.ts";
import { mainPayload } from "./parse-main.ts";
import { studyPayload } from "./parse-study.ts";
import {
  eventPingMaxEvents,
  healthFailures,
  healthReasons,
  heartbeatScores,
  isPingType,
  knownTypes,
  type Ping,
  type ProcessName,
} from "./pings.ts";
import { isStudyPingType, studyPings } from "./study-pings.ts";

/**
 * Reads a ping. Nothing passes that the tables of this folder do not name: an unknown member is
 * refused, and so is a text that does not look like its field.
 *
 * @throws PingError `ping/*` with a pointer
 */
export function parsePing(value: unknown): Ping {
  checkType(value);
  const parsed = v.safeParse(anyPing, value, { abortEarly: true });
  if (!parsed.success) throw toPingError(parsed.issues[0]);
  const ping = parsed.output;
  if (ping.type !== "event") return ping;
  return { ...ping, payload: { ...ping.payload, events: readEvents(ping.payload.events) } };
}

/** Every type that a ping can have. */
export const pingTypes: readonly string[] = Object.keys(knownTypes);

/** First of all, so that a ping of another type is not refused for its members. */
function checkType(value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PingError("ping/malformed", "a ping is a JSON object");
  }
  const type: unknown = Object.getOwnPropertyDescriptor(value, "type")?.value;
  if (type === undefined) throw new PingError("ping/missing", "a ping has a type", ["type"]);
  if (typeof type !== "string") {
    throw new PingError("ping/wrong-type", "a ping's type is a text", ["type"]);
  }
  if (!pingTypePattern.test(type) || !isPingType(type)) {
    throw new PingError("ping/unknown-type", "no such ping type", ["type"]);
  }
}

const matching = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));
const field = ({ pattern }: TextField) => matching(pattern);
const uuid = matching(uuidPattern);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const date = v.pipe(
  matching(datePattern),
  v.check((text) => Number.isFinite(Date.parse(text))),
);
const label = (maxLength: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.regex(labelPattern));

const application = v.strictObject({
  architecture: field(applicationFields.architecture),
  buildId: field(applicationFields.buildId),
  name: field(applicationFields.name),
  version: field(applicationFields.version),
  displayVersion: field(applicationFields.displayVersion),
  vendor: field(applicationFields.vendor),
  platformVersion: field(applicationFields.platformVersion),
  xpcomAbi: field(applicationFields.xpcomAbi),
  channel: field(applicationFields.channel),
});

const environment = v.strictObject({
  settings: v.strictObject({
    locale: field(environmentFields["settings/locale"]),
    telemetryEnabled: v.boolean(),
  }),
  system: v.strictObject({
    os: v.strictObject({
      name: field(environmentFields["system/os/name"]),
      version: field(environmentFields["system/os/version"]),
    }),
  }),
  experiments: v.record(
    label(annotationLimits.slug),
    v.strictObject({
      branch: label(annotationLimits.branch),
      type: field(environmentFields["experiments/*/type"]),
      enrollmentId: matching(enrollmentIdPattern),
    }),
  ),
});

const scalars = v.exactOptional(
  v.strictObject({
    "normandy.recipe_freshness": v.exactOptional(v.record(matching(recipeIdPattern), count)),
  }),
);
const rawEvents = v.exactOptional(v.array(v.unknown()));

const eventPayload = v.strictObject({
  reason: v.picklist(["periodic", "max", "shutdown"]),
  // To the minute: a finer moment would recognise a session across pings.
  processStartTimestamp: v.pipe(count, v.multipleOf(60_000)),
  sessionId: uuid,
  subsessionId: uuid,
  lostEventsCount: count,
  events: v.strictObject({ parent: rawEvents, dynamic: rawEvents }),
  keyedScalars: v.exactOptional(v.strictObject({ parent: scalars, dynamic: scalars })),
});

const moment = v.exactOptional(count);
const heartbeatPayload = v.pipe(
  v.strictObject({
    version: v.literal(1),
    surveyId: matching(surveyIdPattern),
    surveyVersion: matching(revisionPattern),
    flowId: uuid,
    offeredTS: moment,
    learnMoreTS: moment,
    engagedTS: moment,
    votedTS: moment,
    expiredTS: moment,
    closedTS: moment,
    windowClosedTS: moment,
    score: v.exactOptional(v.picklist(heartbeatScores)),
    testing: v.exactOptional(v.literal(true)),
  }),
  // It is sent once the prompt is over, and a vote is a number of stars.
  v.check(({ closedTS, windowClosedTS }) => closedTS !== undefined || windowClosedTS !== undefined),
  v.check(({ score, votedTS }) => (score === undefined) === (votedTS === undefined)),
);

const deletionPayload = v.strictObject({ reason: v.literal("set_upload_enabled") });

const often = v.pipe(count, v.minValue(1));
const healthPayload = v.strictObject({
  os: v.strictObject({
    name: field(environmentFields["system/os/name"]),
    version: field(environmentFields["system/os/version"]),
  }),
  reason: v.picklist(healthReasons),
  pingDiscardedForSize: v.exactOptional(v.record(v.pipe(v.string(), v.guard(isPingType)), often)),
  sendFailure: v.exactOptional(v.record(v.picklist(healthFailures), often)),
});

const common = {
  id: uuid,
  creationDate: date,
  version: v.literal(4),
  application,
  clientId: uuid,
};
const full = { ...common, environment };

const studyTypes = Object.keys(studyPings).filter(isStudyPingType);

const anyPing = v.variant("type", [
  v.strictObject({ type: v.literal("deletion-request"), ...common, payload: deletionPayload }),
  v.strictObject({ type: v.literal("event"), ...full, payload: eventPayload }),
  v.strictObject({ type: v.literal("health"), ...common, payload: healthPayload }),
  v.strictObject({ type: v.literal("heartbeat"), ...full, payload: heartbeatPayload }),
  v.strictObject({ type: v.literal("main"), ...full, payload: mainPayload }),
  ...studyTypes.map((type) =>
    v.strictObject({ type: v.literal(type), ...full, payload: studyPayload(studyPings[type]) }),
  ),
]);

function readEvents(raw: { readonly [P in ProcessName]?: readonly unknown[] }): {
  readonly [P in ProcessName]?: readonly WireEvent[];
} {
  const { parent, dynamic } = raw;
  if ((parent?.length ?? 0) + (dynamic?.length ?? 0) > eventPingMaxEvents) {
    throw new PingError("ping/too-large", "a ping has at most 1000 events", ["payload", "events"]);
  }
  const read = (process: ProcessName, events: readonly unknown[]) =>
    events.map((event, index) => parseWireEvent(event, ["payload", "events", process, index]));
  return {
    ...(parent === undefined ? {} : { parent: read("parent", parent) }),
    ...(dynamic === undefined ? {} : { dynamic: read("dynamic", dynamic) }),
  };
}

/** Names what was expected, never what was found. */
function toPingError(issue: v.BaseIssue<unknown>): PingError {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const code = codeOf(issue);
  return new PingError(code, sentences[code] ?? "the ping has another shape", path);
}

function codeOf(issue: v.BaseIssue<unknown>): PingErrorCode {
  if (issue.type === "strict_object" && issue.expected === "never") return "ping/unknown-field";
  if (issue.received === "undefined") return "ping/missing";
  if (issue.type === "safe_integer") return "ping/wrong-type";
  if (issue.kind === "validation") return "ping/out-of-range";
  const isOneOfOthers = issue.type === "picklist" || issue.type === "literal";
  return isOneOfOthers ? "ping/out-of-range" : "ping/wrong-type";
}

const sentences: { readonly [C in PingErrorCode]?: string } = {
  "ping/unknown-field": "a ping has no such member",
  "ping/missing": "a required member is missing",
  "ping/wrong-type": "the member is of another type",
  "ping/out-of-range": "the member holds something that it may not",
};
