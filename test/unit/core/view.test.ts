import { describe, expect, test } from "vitest";
import { MemorySettings } from "#core/memory.ts";
import { parseRequest } from "#core/messages.ts";
import { viewOf } from "#core/view.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
  dayMs,
  keptId,
  nowMs,
} from "#kit/situation.ts";

describe("what the Studies page shows", () => {
  const settings = new MemorySettings({ studiesEnabled: false }).current;
  const changes = (...enrollments: Parameters<typeof viewOf>[0]) =>
    viewOf(enrollments, undefined, settings).changes;
  const common = { recipeId: 1, startedMs: nowMs - dayMs, enrollmentId: keptId };

  test("is each change, in the words of its recipe where it has any", () => {
    expect(
      changes(
        aStudyEnrollment({ forced: true }),
        aRolloutEnrollment(),
        anAddonEnrollment(),
        anAddonRolloutEnrollment(),
      ),
    ).toEqual([
      {
        ...common,
        key: "preference-study/tab-study",
        kind: "preference-study",
        slug: "tab-study",
        name: "Tab study",
        description: "Tries another place for new tabs.",
        branch: "treatment",
        forced: true,
        isLive: true,
        preferences: [{ name: "test.tabs.after", value: true, overridden: false }],
      },
      {
        ...common,
        key: "preference-rollout/fast-tabs",
        kind: "preference-rollout",
        slug: "fast-tabs",
        name: "fast-tabs",
        description: "",
        isLive: true,
        preferences: [{ name: "test.tabs.fast", value: true, overridden: false }],
      },
      {
        ...common,
        key: "addon-study/1",
        kind: "addon-study",
        slug: "reader-study",
        name: "Reader study",
        description: "Tries a quieter reader view.",
        branch: "treatment",
        isLive: true,
        preferences: [],
        addon: { id: "reader-study@mulberry.example", version: "1.0.0" },
      },
      {
        ...common,
        key: "addon-rollout/quiet-reader",
        kind: "addon-rollout",
        slug: "quiet-reader",
        name: "quiet-reader",
        description: "",
        isLive: true,
        preferences: [],
        addon: { id: "reader-study@mulberry.example", version: "1.0.0" },
      },
    ]);
  });

  test("says when and why one ended, and no ID that was wiped", () => {
    const over = { endedAtMs: nowMs, endReason: "filter-mismatch" };
    const [change] = changes(
      anAddonEnrollment({
        state: "ended",
        addon: null,
        enrollmentId: "__NO_ENROLLMENT_ID__",
        ...over,
      }),
    );
    expect(change).toMatchObject({ isLive: false, endedMs: nowMs, endReason: "filter-mismatch" });
    expect(change).not.toHaveProperty("enrollmentId");
    expect(change).not.toHaveProperty("addon");
  });

  test("is the switches, the server and the last run", () => {
    const lastRun = { finishedAt: "2026-11-22T10:00:00.000Z", runner: "backoff", reason: "x" };
    expect(viewOf([], { ...lastRun, recipes: {} }, settings)).toMatchObject({
      switches: { studies_enabled: false, rollouts_enabled: true, telemetry_enabled: true },
      server: settings.serverUrl,
      lastRun,
    });
    const noServer = { ...settings, serverUrl: undefined };
    expect(viewOf([], { runner: 1 }, noServer)).toMatchObject({ server: null, lastRun: null });
  });
});

describe("what a page asks", () => {
  test.each([
    { ask: "studies" },
    { ask: "leave", key: "preference-study/tab-study" },
    { ask: "leave-all" },
    { ask: "set-switch", name: "telemetry_enabled", on: false },
  ])("is understood: %j", (message) => {
    expect(parseRequest(message)).toEqual(message);
  });

  test.each([
    undefined,
    null,
    "studies",
    { ask: "everything" },
    { ask: "leave" },
    { ask: "leave", key: "x".repeat(401) },
    { ask: "set-switch", name: "enabled", on: true },
    { ask: "set-switch", name: "studies_enabled", on: "yes" },
  ])("is not: %j", (message) => {
    expect(parseRequest(message)).toBeUndefined();
  });
});
