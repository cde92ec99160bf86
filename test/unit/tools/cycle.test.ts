import { describe, expect, test } from "vitest";
import type { StoredEvent } from "#server/ingest/reader.ts";
import {
  firstMissing,
  type Observations,
  parseLastRun,
  stepNames,
  uptakeOf,
} from "#tools/cycle.ts";

const recipe = { id: 7, slug: "hello", sha256: "h" };

function uptake(source: string, value = "success", reason?: string): StoredEvent {
  return {
    receivedAt: "2026-01-01T00:00:00.000Z",
    timestamp: 1,
    category: "uptake.remotecontent.result",
    method: "uptake",
    object: "normandy",
    value,
    extra: { source, ...(reason === undefined ? {} : { reason }) },
  };
}

const enrolment: StoredEvent = {
  ...uptake("", "hello"),
  category: "normandy",
  method: "enroll",
  object: "preference_rollout",
  extra: { enrollmentId: "e" },
};

/** A cycle that is through. */
const through: Observations = {
  published: { n: 3, recipes: [recipe] },
  bundles: 1,
  submissions: 1,
  lastRun: { runner: "success", ep: 1, n: 3, recipes: { "7": "success" } },
  stored: [uptake("normandy/recipe/7")],
  readBack: [uptake("normandy/recipe/7"), enrolment],
};

const failed = { lastRun: { runner: "success", n: 3, recipes: { "7": "apply_error" } } };

describe("a cycle", () => {
  test("is through when every step happened", () => {
    expect(firstMissing(through)).toBeUndefined();
  });

  test.each([
    { step: "published", but: { published: undefined } },
    { step: "fetched", but: { bundles: 0 } },
    { step: "verified", but: { lastRun: undefined } },
    { step: "verified", but: { lastRun: { runner: "signature_error", recipes: {} } } },
    { step: "verified", but: { lastRun: { runner: "success", n: 2, recipes: {} } } },
    { step: "filtered", but: { lastRun: { runner: "success", n: 3, recipes: {} } } },
    { step: "applied", but: { lastRun: { runner: "success", n: 3, recipes: { "7": "backoff" } } } },
    {
      step: "applied",
      but: {
        published: { n: 3, recipes: [recipe, { id: 8, slug: "broken", sha256: "b" }] },
        lastRun: { runner: "success", n: 3, recipes: { "7": "success", "8": "apply_error" } },
      },
    },
    { step: "reported", but: { submissions: 0 } },
    { step: "stored", but: { stored: [uptake("normandy/runner")] } },
    { step: "read back", but: { readBack: [] } },
    { step: "read back", but: { readBack: [uptake("normandy/recipe/7")] } },
  ])("names the step `$step` when it is the first that did not happen", ({ step, but }) => {
    expect(firstMissing({ ...through, ...but })?.step).toBe(step);
  });

  test.each([
    {
      what: "a recipe that failed, with its reason",
      but: {
        lastRun: { runner: "success", n: 3, recipes: { "7": "apply_error" } },
        stored: [uptake("normandy/recipe/7", "apply_error", "pref-conflict")],
      },
      missing: { step: "applied", lacks: "hello ended as apply_error (pref-conflict)" },
    },
    {
      what: "no recipe that matches",
      but: { lastRun: { runner: "success", n: 3, recipes: { "7": "backoff" } } },
      missing: { step: "applied", lacks: "no recipe matched this browser" },
    },
    {
      what: "a signature that is wrong",
      but: { lastRun: { runner: "signature_error", recipes: {} } },
      missing: { step: "verified", lacks: "the run ended with signature_error" },
    },
    {
      what: "nobody who enrolled",
      but: { readBack: [uptake("normandy/recipe/7")] },
      missing: { step: "read back", lacks: "no recipe enrolled this browser" },
    },
  ])("does not wait for $what", ({ but, missing }) => {
    expect(firstMissing({ ...through, ...but })).toEqual({ ...missing, isFinal: true });
  });

  test.each([
    { what: "the reason of a failure", but: { ...failed, stored: [] } },
    { what: "a server that is away", but: { lastRun: { runner: "network_error", recipes: {} } } },
    { what: "the first run", but: { lastRun: undefined } },
    { what: "the report", but: { stored: [] } },
  ])("waits for $what", ({ but }) => {
    expect(firstMissing({ ...through, ...but })).toMatchObject({ isFinal: false });
  });

  test("has the steps that the contract names, in its order", () => {
    expect(stepNames.join(" → ")).toBe(
      "published → fetched → verified → filtered → applied → reported → stored → read back",
    );
  });

  test("says which recipes a step waits for", () => {
    expect(firstMissing({ ...through, stored: [] })?.lacks).toBe("no uptake for hello");
  });
});

describe("the extension's report on its last run", () => {
  test("is read from its preference", () => {
    expect(parseLastRun('{"runner":"success","n":3,"recipes":{"7":"backoff"}}')).toEqual({
      runner: "success",
      n: 3,
      recipes: { "7": "backoff" },
    });
  });

  test.each([null, "", "{", "[]", '{"runner":1}', '{"runner":"success","recipes":{"7":1}}'])(
    "is not taken from %j",
    (text) => {
      expect(parseLastRun(text)).toBeUndefined();
    },
  );
});

test("the last status of a recipe is the one that counts", () => {
  const events = [
    uptake("normandy/recipe/7", "backoff"),
    uptake("normandy/runner"),
    uptake("normandy/recipe/7", "success"),
  ];
  expect([...uptakeOf(events)]).toEqual([[7, { status: "success", reason: undefined }]]);
});
