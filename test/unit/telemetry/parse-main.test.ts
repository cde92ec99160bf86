import { describe, expect, test } from "vitest";
import { aMainPing } from "#kit/pings.ts";
import { emptyHistogram, snapshotOf } from "#telemetry/histogram.ts";
import { metrics } from "#telemetry/metrics.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { MainPingPayload } from "#telemetry/pings.ts";

const { payload } = aMainPing();
const { info, histograms, keyedHistograms, processes } = payload;
const run = histograms["MULBERRY_RUN_MS"];
const install = keyedHistograms["MULBERRY_ADDON_INSTALL_MS"]?.["installed"];
const { scalars, keyedScalars } = processes.parent;

describe("a main ping", () => {
  test.each([
    ["with all that is measured", {}],
    ["with nothing measured", { histograms: {}, keyedHistograms: {} }],
    [
      "of the first part of the first session",
      { info: { ...info, previousSessionId: null, previousSubsessionId: null } },
    ],
    ["of a build like the last", { info: { ...info, previousBuildId: null } }],
    ["from west of Greenwich", { info: { ...info, timezoneOffset: -480 } }],
  ] as readonly (readonly [string, Partial<MainPingPayload>])[])("is read %s", (_, change) => {
    const sent = aMainPing(change);
    expect(parsePing(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
  });

  test("holds every probe of the tables, and each in its own buckets", () => {
    for (const [name, probe] of Object.entries(metrics.histograms)) {
      const histogram = emptyHistogram(probe);
      histogram.counts[0] = 1;
      const members = { [name]: snapshotOf(histogram) };
      const keyed = Object.fromEntries(
        "keys" in probe ? [[name, { [probe.keys[0]]: members[name] }]] : [],
      );
      const sent = aMainPing({ histograms: {}, keyedHistograms: {} });
      const measured = "keys" in probe ? { keyedHistograms: keyed } : { histograms: members };
      const ping = { ...sent, payload: { ...sent.payload, ...measured } };
      expect(parsePing(JSON.parse(JSON.stringify(ping)))).toEqual(ping);
    }
  });
});

/** The payload with something else in the place of a part. */
const withInfo = (change: object) => ({ info: { ...info, ...change } });
const withRun = (change: object) => ({ histograms: { MULBERRY_RUN_MS: { ...run, ...change } } });
const withScalars = (change: object) => ({
  processes: { parent: { scalars: { ...scalars, ...change }, keyedScalars } },
});
const withDynamic = (change: object) => ({
  processes: { ...processes, dynamic: { scalars: {}, keyedScalars: {}, ...change } },
});
const withKeyedScalars = (change: object) => ({
  processes: { parent: { scalars, keyedScalars: { ...keyedScalars, ...change } } },
});

test.each([
  ["another version", { ver: 3 }, "ping/out-of-range", "/ver"],
  ["another reason", withInfo({ reason: "saved-session" }), "ping/out-of-range", "/info/reason"],
  ["no session", withInfo({ sessionId: undefined }), "ping/missing", "/info/sessionId"],
  [
    "an id that is none",
    withInfo({ subsessionId: "1" }),
    "ping/out-of-range",
    "/info/subsessionId",
  ],
  ["no place", withInfo({ subsessionCounter: 0 }), "ping/out-of-range", "/info/subsessionCounter"],
  [
    "a zone that is none",
    withInfo({ timezoneOffset: 9999 }),
    "ping/out-of-range",
    "/info/timezoneOffset",
  ],
  [
    "the exact moment of the start",
    withInfo({ sessionStartDate: "2026-11-21T15:12:33.0+01:00" }),
    "ping/out-of-range",
    "/info/sessionStartDate",
  ],
  [
    "a negative length",
    withInfo({ sessionLength: -1 }),
    "ping/out-of-range",
    "/info/sessionLength",
  ],
  ["a member of nobody", withInfo({ addons: "a,b" }), "ping/unknown-field", "/info/addons"],
  [
    "a histogram of nobody",
    { histograms: { GC_MS: run } },
    "ping/unknown-field",
    "/histograms/GC_MS",
  ],
  [
    "a histogram that has keys, without one",
    { histograms: { MULBERRY_ADDON_INSTALL_MS: install } },
    "ping/unknown-field",
    "/histograms/MULBERRY_ADDON_INSTALL_MS",
  ],
  [
    "a key that was not declared",
    { keyedHistograms: { MULBERRY_ADDON_INSTALL_MS: { elsewhere: install } } },
    "ping/unknown-field",
    "/keyedHistograms/MULBERRY_ADDON_INSTALL_MS/elsewhere",
  ],
  [
    "other buckets",
    withRun({ bucket_count: 40 }),
    "ping/out-of-range",
    "/histograms/MULBERRY_RUN_MS",
  ],
  [
    "another kind",
    withRun({ histogram_type: 1 }),
    "ping/out-of-range",
    "/histograms/MULBERRY_RUN_MS",
  ],
  ["another range", withRun({ range: [1, 9] }), "ping/out-of-range", "/histograms/MULBERRY_RUN_MS"],
  [
    "a bucket of nobody",
    withRun({ values: { 7777: 1 } }),
    "ping/out-of-range",
    "/histograms/MULBERRY_RUN_MS",
  ],
  [
    "a negative count",
    withRun({ values: { 40: -1 } }),
    "ping/out-of-range",
    "/histograms/MULBERRY_RUN_MS/values/40",
  ],
  [
    "a scalar of nobody",
    withScalars({ "mulberry.secret": 1 }),
    "ping/unknown-field",
    "/processes/parent/scalars/mulberry.secret",
  ],
  [
    "a scalar of another type",
    withScalars({ "mulberry.usage.active_spans": "https://example.com" }),
    "ping/out-of-range",
    "/processes/parent/scalars/mulberry.usage.active_spans",
  ],
  [
    "a scalar that is no integer",
    withScalars({ "mulberry.usage.active_spans": 1.5 }),
    "ping/out-of-range",
    "/processes/parent/scalars/mulberry.usage.active_spans",
  ],
  [
    "a key of another form",
    withKeyedScalars({ "telemetry.scalar_cut_values": { "https://example.com": 1 } }),
    "ping/out-of-range",
    "/processes/parent/keyedScalars/telemetry.scalar_cut_values/https:~1~1example.com",
  ],
  [
    "a scalar of a study's add-on among our own",
    withScalars({ "study.feature.presses": 1 }),
    "ping/unknown-field",
    "/processes/parent/scalars/study.feature.presses",
  ],
  [
    "a scalar of ours among those of a study's add-on",
    withDynamic({ scalars: { "mulberry.usage.active_spans": 1 } }),
    "ping/unknown-field",
    "/processes/dynamic/scalars/mulberry.usage.active_spans",
  ],
  [
    "a key of another form that an add-on chose",
    withDynamic({ keyedScalars: { "study.feature.presses_by_place": { "https://e.example": 1 } } }),
    "ping/out-of-range",
    "/processes/dynamic/keyedScalars/study.feature.presses_by_place/https:~1~1e.example",
  ],
  [
    "histograms of an add-on",
    withDynamic({ histograms: {} }),
    "ping/unknown-field",
    "/processes/dynamic/histograms",
  ],
  [
    "another process",
    { processes: { ...processes, content: {} } },
    "ping/unknown-field",
    "/processes/content",
  ],
  [
    "what Firefox sends besides",
    { simpleMeasurements: {} },
    "ping/unknown-field",
    "/simpleMeasurements",
  ],
] as const)("a main ping with %s is refused by name", (_, change, code, at) => {
  const sent = aMainPing();
  const ping: unknown = { ...sent, payload: { ...sent.payload, ...change } };
  expect(() => parsePing(ping)).toThrow(
    expect.objectContaining({ code, at: `/payload${at}` }) as unknown,
  );
});
