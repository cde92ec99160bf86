import { expect, test } from "vitest";
import type { StudiesView } from "#core/messages.ts";
import { exportName, exportText } from "#extension/pages/export.ts";

const nowMs = Date.parse("2026-11-22T10:00:00.000Z");
const dayMs = 86_400_000;

const view: StudiesView = {
  changes: [
    {
      key: "preference-study/a",
      kind: "preference-study",
      slug: "a",
      name: "A",
      description: "What it tries.",
      branch: "control",
      enrollmentId: "an-id",
      isLive: true,
      startedMs: nowMs - dayMs,
      preferences: [{ name: "a.b", before: null, value: 1, overridden: false }],
      recipeId: 7,
      filter: 'env.request_time < "2026-12-01"|date',
      told: [{ method: "enroll", extra: { branch: "control" }, sentMs: null }],
    },
    {
      key: "addon-rollout/r",
      kind: "addon-rollout",
      slug: "r",
      name: "r",
      description: "",
      isLive: false,
      startedMs: nowMs - dayMs,
      endedMs: nowMs,
      endReason: "rollback",
      preferences: [],
      recipeId: 8,
      told: [{ method: "unenroll", extra: {}, sentMs: nowMs }],
    },
  ],
  enabled: true,
  switches: { studies_enabled: true, rollouts_enabled: true, telemetry_enabled: false },
  administered: ["telemetry_enabled"],
  server: "https://mulberry.example.org",
  devMode: true,
  clockDays: 0,
  lastRun: { finishedAt: "2026-11-22T09:00:00.000Z", runner: "success" },
};

test("an export is all that the page shows, with times that a person can read", () => {
  const { changes, devMode: _devMode, clockDays: _clockDays, ...rest } = view;
  expect(JSON.parse(exportText(view, nowMs))).toEqual({
    format: "mulberry-studies/1",
    exportedAt: "2026-11-22T10:00:00.000Z",
    ...rest,
    running: [
      {
        kind: "preference-study",
        slug: "a",
        name: "A",
        description: "What it tries.",
        branch: "control",
        enrollmentId: "an-id",
        preferences: changes[0]?.preferences,
        recipeId: 7,
        filter: 'env.request_time < "2026-12-01"|date',
        since: "2026-11-21T10:00:00.000Z",
        until: "2026-12-01T00:00:00.000Z",
        told: [{ method: "enroll", extra: { branch: "control" }, sentAt: null }],
      },
    ],
    ended: [
      {
        kind: "addon-rollout",
        slug: "r",
        name: "r",
        description: "",
        endReason: "rollback",
        preferences: [],
        recipeId: 8,
        since: "2026-11-21T10:00:00.000Z",
        ended: "2026-11-22T10:00:00.000Z",
        told: [{ method: "unenroll", extra: {}, sentAt: "2026-11-22T10:00:00.000Z" }],
      },
    ],
  });
  expect(exportName(nowMs)).toBe("mulberry-studies-2026-11-22.json");
});
