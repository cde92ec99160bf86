import { describe, expect, test } from "vitest";
import { parsePing } from "#telemetry/parse.ts";
import {
  aDeletionRequest,
  aHealthPing,
  aHeartbeatPing,
  aMainPing,
  anEnrollEvent,
  anUptakeEvent,
  aPing,
} from "#kit/pings.ts";

// Mozilla publishes example pings beside the schemas of its pipeline (mozilla-pipeline-schemas,
// validation/telemetry): what passes there, and what fails. Each of them for a type that we send has a
// row here, by its file's name, with an example of our own that has the same members. Where we refuse
// what passes there, it is on purpose: docs/decisions/0033 says why.

/** The ping with something else at a place, which need not be there. */
function put(ping: object, place: string, value: unknown): unknown {
  const whole: unknown = structuredClone(ping);
  const names = place.split("/");
  const last = names.pop() ?? "";
  const holder = names.reduce<unknown>(
    (at, name) => Object.getOwnPropertyDescriptor(at, name)?.value,
    whole,
  );
  Object.assign(holder as object, { [last]: value });
  return whole;
}

function without(ping: object, name: string): unknown {
  return Object.fromEntries(Object.entries(ping).filter(([member]) => member !== name));
}

const { payload: event } = aPing();
const failure = ["TELEMETRY_SEND_FAILURE", 12_000, "5xx failure", "503"] as const;
const windows = {
  bucket_count: 51,
  histogram_type: 1,
  range: [1, 50],
  sum: 14,
  values: { 0: 0, 1: 14, 2: 0 },
} as const;

describe("an example that passes at Mozilla passes here with our values", () => {
  test.each([
    ["deletion-request.4.sample", aDeletionRequest()],
    [
      "event.4.sample",
      put(aPing(), "payload", {
        reason: "shutdown",
        processStartTimestamp: event.processStartTimestamp,
        sessionId: event.sessionId,
        subsessionId: event.subsessionId,
        lostEventsCount: 0,
        events: { parent: [anEnrollEvent(), anUptakeEvent()] },
      }),
    ],
    [
      "health.4.sample",
      aHealthPing({ pingDiscardedForSize: { main: 2 }, sendFailure: { abort: 5 } }),
    ],
    [
      "heartbeat.4.sample",
      aHeartbeatPing({ learnMoreTS: 1, engagedTS: 2, expiredTS: 3, windowClosedTS: 4 }),
    ],
    ["main.4.sample", aMainPing()],
    ["main.4.good_histogram", aMainPing({ histograms: { MULBERRY_WINDOW_COUNT: windows } })],
    ["main.4.intl_nosection", aMainPing({ histograms: {}, keyedHistograms: {} })],
    ["main.4.log_empty", aMainPing({ log: [] })],
    ["main.4.log_variable", aMainPing({ log: [failure, failure] })],
  ])("%s.pass.json", (_, ping) => {
    expect(parsePing(JSON.parse(JSON.stringify(ping)))).toEqual(ping);
  });
});

/** Files, a ping of ours with what makes them fail, and how it is refused. */
type Refused = readonly [file: string, ping: unknown, code: string, at: string];

const main = (place: string, value: unknown) => put(aMainPing(), place, value);
/** Of a `main` ping that has a member which ours has not. */
const unknownIn = (file: string, place: string, value: unknown): Refused => [
  file,
  main(place, value),
  "ping/unknown-field",
  `/${place}`,
];
const runsWith = (values: object) =>
  main("payload/histograms/MULBERRY_WINDOW_COUNT", { ...windows, values });
const runs = "/payload/histograms/MULBERRY_WINDOW_COUNT";

const failing: readonly Refused[] = [
  [
    "deletion-request.4.noclientid",
    without(aDeletionRequest(), "clientId"),
    "ping/missing",
    "/clientId",
  ],
  [
    "deletion-request.4.payload",
    put(aDeletionRequest(), "payload/processes", { parent: { scalars: { "a.b": 4 } } }),
    "ping/unknown-field",
    "/payload/processes",
  ],
  [
    "heartbeat.4.sample",
    put(aHeartbeatPing(), "engagementType", "thumbs"),
    "ping/unknown-field",
    "/engagementType",
  ],
  [
    "main.4.displayversion",
    main("application/displayVersion", "nightly build"),
    "ping/out-of-range",
    "/application/displayVersion",
  ],
  [
    "main.4.experiments",
    main("environment/experiments/tab-study/branch", 7),
    "ping/wrong-type",
    "/environment/experiments/tab-study/branch",
  ],
  ["main.4.histogram", runsWith({ one: 14, two: 0 }), "ping/out-of-range", runs],
  [
    "main.4.negative_count",
    runsWith({ 0: 0, 1: 14, 2: -9, 3: 0 }),
    "ping/out-of-range",
    `${runs}/values/2`,
  ],
  ["main.4.log", main("payload/log", [["other"]]), "ping/out-of-range", "/payload/log/0/0"],
  [
    "main.4.log",
    main("payload/log", [[failure[0], "12000", ...failure.slice(2)]]),
    "ping/wrong-type",
    "/payload/log/0/1",
  ],
  unknownIn("main.4.bad-profile-group-id", "profileGroupId", "none"),
  unknownIn("main.4.GMPlugins", "environment/addons", { activeGMPlugins: { codec: 1 } }),
  unknownIn("main.4.activeplugins", "environment/addons", { activePlugins: [{ updateDay: "-" }] }),
  unknownIn("main.4.addon", "environment/addons", { activeAddons: { "a@b.example": 1 } }),
  unknownIn("main.4.adapter", "environment/system/gfx", { adapters: [{ RAM: "much" }] }),
  unknownIn("main.4.features", "environment/system/gfx", { features: "all" }),
  unknownIn("main.4.headless", "environment/system/gfx", { Headless: "perhaps" }),
  unknownIn("main.4.monitors", "environment/system/gfx", { monitors: [{ scale: "2" }] }),
  unknownIn("main.4.device", "environment/system/device", { model: 5 }),
  unknownIn("main.4.hdd_type", "environment/system/hdd", { system: { type: "TAPE" } }),
  unknownIn("main.4.hdd_type_empty", "environment/system/hdd", { system: { type: "" } }),
  unknownIn("main.4.sec", "environment/system/sec", { antivirus: "one" }),
  unknownIn("main.4.intl_null", "environment/settings/intl", { systemLocales: null }),
  unknownIn("main.4.privatesearchengine", "environment/settings/defaultPrivateSearchEngine", 1),
  ...["loadpath", "name", "origin", "url"].map((part) =>
    unknownIn(
      `main.4.privatesearchenginedata${part}`,
      "environment/settings/defaultPrivateSearchEngineData",
      { [part]: 1 },
    ),
  ),
  unknownIn("main.4.latewrites", "payload/lateWrites", { stacks: "none" }),
  unknownIn("main.4.slow_sql", "payload/slowSQL", { mainThread: { "SELECT 1": [1, 2, 3] } }),
];

describe("an example that fails at Mozilla fails here", () => {
  test.each(failing)("%s.fail.json", (_, ping, code, at) => {
    expect(() => parsePing(ping)).toThrow(expect.objectContaining({ code, at }) as unknown);
  });
});

const differing: readonly Refused[] = [
  [
    "deletion-request.4.sample",
    put(aDeletionRequest(), "payload", {}),
    "ping/missing",
    "/payload/reason",
  ],
  [
    "deletion-request.4.payload",
    put(aDeletionRequest(), "payload/scalars", { parent: { "a.b": 4 } }),
    "ping/unknown-field",
    "/payload/scalars",
  ],
  [
    "event.4.sample",
    put(aPing(), "payload/events/parent", [[5, "devtools.main", "open", "tools", "inspector"]]),
    "ping/unknown-event",
    "/payload/events/parent/0/1",
  ],
  [
    "event.4.sample",
    put(aPing(), "payload/events/parent", [[5, "normandy", "enroll", "preference_study", null]]),
    "ping/wrong-type",
    "/payload/events/parent/0/4",
  ],
  [
    "health.4.sample",
    put(aHealthPing(), "payload/reason", "shutdown"),
    "ping/out-of-range",
    "/payload/reason",
  ],
  [
    "health.4.sample",
    put(aHealthPing(), "payload/sendFailure", { eOK: 1 }),
    "ping/out-of-range",
    "/payload/sendFailure/eOK",
  ],
  ["heartbeat.4.sample", without(aHeartbeatPing(), "environment"), "ping/missing", "/environment"],
  [
    "heartbeat.4.sample",
    put(aHeartbeatPing(), "engagementType", "star"),
    "ping/unknown-field",
    "/engagementType",
  ],
  [
    "heartbeat.4.sample",
    put(aHeartbeatPing(), "payload/testing", false),
    "ping/out-of-range",
    "/payload/testing",
  ],
  [
    "heartbeat.4.sample",
    put(aHeartbeatPing(), "payload/surveyVersion", "0f".repeat(32)),
    "ping/out-of-range",
    "/payload/surveyVersion",
  ],
  ["main.4.min", without(aMainPing(), "payload"), "ping/missing", "/payload"],
  ["main.4.min", without(aMainPing(), "clientId"), "ping/missing", "/clientId"],
  [
    "main.4.log_variable",
    main("payload/log", [["test", 3, "a", "b"]]),
    "ping/out-of-range",
    "/payload/log/0/0",
  ],
  unknownIn("main.4.sample", "payload/simpleMeasurements", { uptime: 5 }),
  unknownIn("main.4.sample", "payload/processes/content", { histograms: {} }),
  unknownIn("main.4.gc_sample", "payload/processes/parent/gc", { random: [] }),
  unknownIn("main.4.gc_sample_2", "payload/processes/parent/gc", { worst: [] }),
  unknownIn("main.4.latewrites", "payload/lateWrites", { stacks: [], memoryMap: [] }),
  unknownIn("main.4.attribution", "environment/settings/attribution", { source: "mail" }),
  unknownIn("main.4.intl_alldata", "environment/settings/intl", { appLocales: ["de"] }),
  unknownIn("main.4.intl_null", "environment/settings/intl", { acceptLanguages: null }),
  unknownIn("main.4.adapter_null_gpuactive", "environment/system/gfx", { adapters: [] }),
  unknownIn("main.4.headless", "environment/system/gfx", { Headless: true }),
  unknownIn("main.4.hdd_type", "environment/system/hdd", { system: { type: "SSD" } }),
  unknownIn("main.4.hdd_type_null", "environment/system/hdd", { system: { type: null } }),
  unknownIn("main.4.profile", "environment/profile", { creationDate: 20_000 }),
  unknownIn("main.4.services", "environment/services", { accountEnabled: false }),
];

describe("an example that passes at Mozilla is refused here on purpose for one member", () => {
  test.each(differing)("%s.pass.json", (_, ping, code, at) => {
    expect(() => parsePing(ping)).toThrow(expect.objectContaining({ code, at }) as unknown);
  });
});
