import * as v from "valibot";
import { expect, test } from "vitest";
import { sendFailure, sendFailureKinds } from "#telemetry/send-failures.ts";

test.each([
  ["errorhandler", "error"],
  ["errorhandler", "timeout"],
  ["errorhandler", "abort"],
  ["4xx 'failure'", "403"],
  ["5xx failure", "504"],
  ["Unhandled HTTP failure", "302"],
  ["Unhandled HTTP failure", "0"],
])("a failure to send of the kind %j is read with the detail %j", (kind, detail) => {
  const entry = ["TELEMETRY_SEND_FAILURE", 61_000, kind, detail];
  expect(v.parse(sendFailure, entry)).toEqual(entry);
  expect(Object.keys(sendFailureKinds)).toContain(kind);
});

test.each([
  { what: "of no kind", entry: ["TELEMETRY_SEND_FAILURE", 1, "weather", "rain"] },
  {
    what: "with a detail of another kind",
    entry: ["TELEMETRY_SEND_FAILURE", 1, "5xx failure", "403"],
  },
  { what: "that was none", entry: ["TELEMETRY_SEND_FAILURE", 1, "Unhandled HTTP failure", "200"] },
  {
    what: "that names a host",
    entry: ["TELEMETRY_SEND_FAILURE", 1, "errorhandler", "no route to kitchen-laptop"],
  },
  {
    what: "with a member too many",
    entry: ["TELEMETRY_SEND_FAILURE", 1, "errorhandler", "error", "x"],
  },
  {
    what: "before the session began",
    entry: ["TELEMETRY_SEND_FAILURE", -1, "errorhandler", "error"],
  },
  { what: "of another log", entry: ["EXPERIMENT_ACTIVATION", 1, "errorhandler", "error"] },
])("a failure to send $what is refused", ({ entry }) => {
  expect(v.safeParse(sendFailure, entry).success).toBe(false);
});
