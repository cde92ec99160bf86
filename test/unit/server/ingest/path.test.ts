import { describe, expect, test } from "vitest";
import { parseSubmitPath } from "#server/ingest/path.ts";
import { aDocId, urlOf } from "./support.ts";

const id = aDocId(1);

describe("the address of a submission", () => {
  test("is read part by part, its query ignored", () => {
    expect(parseSubmitPath(urlOf(id))).toEqual({
      kind: "path",
      path: {
        docId: id,
        docType: "event",
        appName: "Firefox",
        appVersion: "153.0",
        channel: "esr",
        buildId: "20261101000000",
      },
    });
  });

  test("carries its id in lower case however it was written", () => {
    expect(parseSubmitPath(urlOf(id.toUpperCase()))).toMatchObject({ path: { docId: id } });
  });

  test("may name an application with a space", () => {
    const url = `/submit/telemetry/${id}/event/Google%20Chrome/1.2/release/1`;
    expect(parseSubmitPath(url)).toMatchObject({ path: { appName: "Google Chrome" } });
  });

  test.each(["/", "/submit/", "/submit/telemetry", "/submit/glean/x", "/api/v1/", ""])(
    "%s is somewhere else",
    (url) => {
      expect(parseSubmitPath(url)).toEqual({ kind: "elsewhere" });
    },
  );

  test.each([
    ["", `/submit/telemetry/${id}/event/Firefox/153.0/esr`],
    ["", `/submit/telemetry/${id}/event/Firefox/153.0/esr/1/2`],
    ["/docId", `/submit/telemetry/no-uuid/event/Firefox/153.0/esr/1`],
    ["/docId", `/submit/telemetry/..%2F..%2Fetc/event/Firefox/153.0/esr/1`],
    ["/docType", `/submit/telemetry/${id}/e/Firefox/153.0/esr/1`],
    ["/docType", `/submit/telemetry/${id}/${"e".repeat(65)}/Firefox/153.0/esr/1`],
    ["/appName", `/submit/telemetry/${id}/event//153.0/esr/1`],
    ["/appName", `/submit/telemetry/${id}/event/../153.0/esr/1`],
    ["/appVersion", `/submit/telemetry/${id}/event/Firefox/1%0a2/esr/1`],
    ["/channel", `/submit/telemetry/${id}/event/Firefox/153.0/%ff/1`],
    ["/channel", `/submit/telemetry/${id}/event/Firefox/153.0/a%2Fb/1`],
    ["/buildId", `/submit/telemetry/${id}/event/Firefox/153.0/esr/${"1".repeat(65)}`],
  ])("with a part %s that is wrong is refused: %s", (part, url) => {
    expect(parseSubmitPath(url)).toEqual({ kind: "malformed", part });
  });
});
