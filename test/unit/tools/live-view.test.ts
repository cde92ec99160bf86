import { describe, expect, test } from "vitest";
import { lineOfEvent, lineOfRequest } from "#tools/live-view.ts";

const recipes = [{ id: 7, slug: "hello", sha256: "abc" }];

describe("the live view", () => {
  test.each([
    [{ method: "GET", path: "/v2/bundle.json", code: 200 }, "fetched    bundle (200)"],
    [{ method: "GET", path: "/v2/bundle.json", code: 304 }, "fetched    bundle: nothing new (304)"],
    [{ method: "GET", path: "/v2/r/abc", code: 200 }, "fetched    body of hello (200)"],
    [{ method: "GET", path: "/v2/r/xyz", code: 404 }, "fetched    body of xyz (404)"],
    [{ method: "GET", path: "/v2/root/2.json", code: 404 }, "asked      for a newer root: none"],
    [{ method: "GET", path: "/v2/root/2.json", code: 200 }, "fetched    root 2 (200)"],
    [{ method: "POST", path: "/submit/", code: 400 }, "received   ping (400)"],
  ])("says of the request %j: %s", (fields, text) => {
    expect(lineOfRequest(fields, recipes)).toBe(text);
  });

  test("names the recipe of an uptake status and its reason", () => {
    const event = {
      receivedAt: "2026-01-01T00:00:00.000Z",
      timestamp: 1,
      category: "uptake.remotecontent.result",
      method: "uptake",
      object: "normandy",
      value: "backoff",
      extra: { source: "normandy/recipe/7", reason: "filter-mismatch" },
    };
    expect(lineOfEvent(event, recipes)).toBe(
      "uptake     recipe 7 hello: backoff (filter-mismatch)",
    );
  });

  test("shows branch and enrollment id of an enrolment", () => {
    const event = {
      receivedAt: "2026-01-01T00:00:00.000Z",
      timestamp: 1,
      category: "normandy",
      method: "enroll",
      object: "preference_study",
      value: "hello",
      extra: { branch: "control", enrollmentId: "e-1" },
    };
    expect(lineOfEvent(event, recipes)).toBe(
      "enroll     preference_study hello  branch=control  enrollmentId=e-1",
    );
  });
});
