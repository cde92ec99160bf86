import { describe, expect, test } from "vitest";
import { MemorySettings } from "#core/memory.ts";
import { parseRequest } from "#core/messages.ts";
import { type Memory, viewOf } from "#core/view.ts";
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
  const empty: Memory = {
    enrollments: [],
    lastRun: undefined,
    held: new Set(),
    journal: {},
    told: [],
  };
  const changes = (...enrollments: Memory["enrollments"]) =>
    viewOf({ ...empty, enrollments }, settings).changes;
  const common = {
    recipeId: 1,
    startedMs: nowMs - dayMs,
    enrollmentId: keptId,
    filter: "",
    told: [],
  };

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
        preferences: [{ name: "test.tabs.after", before: false, value: true, overridden: false }],
      },
      {
        ...common,
        key: "preference-rollout/fast-tabs",
        kind: "preference-rollout",
        slug: "fast-tabs",
        name: "fast-tabs",
        description: "",
        isLive: true,
        preferences: [{ name: "test.tabs.fast", before: false, value: true, overridden: false }],
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

  test("tells what showed before a study, also where the person had set nothing", () => {
    const held = { value: 2, branchType: "user", previous: null, overridden: false } as const;
    const study = aStudyEnrollment({ preferences: { one: held, two: { ...held, previous: 7 } } });
    const journal = {
      one: { v: 1, base: { default: 5, user: null }, claims: [] },
      two: { v: 1, base: { default: 5, user: 7 }, claims: [] },
    } as const;
    const before = (memory: Memory) =>
      viewOf(memory, settings).changes.flatMap(({ preferences }) =>
        preferences.map((preference) => preference.before),
      );
    expect(before({ ...empty, enrollments: [study], journal })).toEqual([5, 7]);
    // Once it is over, its undo record is gone.
    expect(before({ ...empty, enrollments: [study] })).toEqual([null, 7]);
  });

  test("tells of each change what was sent of it, however long its slug and however it ended", () => {
    const long = "s".repeat(90);
    const said = { extra: { reason: "rollback" }, sentMs: null };
    const told = [
      { ...said, method: "enroll", object: "preference_study", slug: "tab-study" },
      { ...said, method: "unenroll", object: "preference_rollback", slug: "fast-tabs" },
      { ...said, method: "enroll", object: "preference_rollout", slug: long.slice(0, 80) },
      // Another kind's, and one of the next version.
      { ...said, method: "enroll", object: "addon_study", slug: "tab-study" },
      { ...said, method: "enroll", object: "constructor", slug: "tab-study" },
    ];
    const enrollments = [
      aStudyEnrollment(),
      aRolloutEnrollment(),
      aRolloutEnrollment({ slug: long }),
    ];
    expect(
      viewOf({ ...empty, enrollments, told }, settings).changes.map((one) => one.told),
    ).toEqual([
      [{ ...said, method: "enroll" }],
      [{ ...said, method: "unenroll" }],
      [{ ...said, method: "enroll" }],
    ]);
  });

  test("is the switches, the server and the last run", () => {
    const lastRun = { finishedAt: "2026-11-22T10:00:00.000Z", runner: "backoff", reason: "x" };
    expect(viewOf({ ...empty, lastRun: { ...lastRun, recipes: {} } }, settings)).toMatchObject({
      switches: { studies_enabled: false, rollouts_enabled: true, telemetry_enabled: true },
      server: settings.serverUrl,
      lastRun,
    });
    const noServer = { ...settings, serverUrl: undefined };
    expect(viewOf({ ...empty, lastRun: { runner: 1 } }, noServer)).toMatchObject({
      server: null,
      lastRun: null,
    });
  });
});

test("a change that runs and is out of force since a crash is shown as such, an ended one is not", () => {
  const settings = new MemorySettings().current;
  const held = new Set(["preference-study/tab-study"]);
  const memory = { lastRun: undefined, journal: {}, told: [], held };
  const shown = (said: Parameters<typeof aStudyEnrollment>[0]) =>
    viewOf({ ...memory, enrollments: [aStudyEnrollment(said)] }, settings).changes[0]?.isHeld;
  expect(shown({})).toBe(true);
  expect(shown({ state: "ended" })).toBeUndefined();
});

describe("what a page asks", () => {
  test.each([
    { ask: "studies" },
    { ask: "leave", key: "preference-study/tab-study" },
    { ask: "leave-all" },
    { ask: "set-switch", name: "telemetry_enabled", on: false },
    { ask: "inspect" },
    { ask: "run-now" },
    { ask: "force-branch", slug: "tab-study", branch: "control" },
    { ask: "force-branch", slug: "tab-study", branch: null },
    { ask: "move-clock", days: -30 },
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
