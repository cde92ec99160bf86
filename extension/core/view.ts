import * as v from "valibot";
import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import type { Enrollment } from "./enrollment.ts";
import { hasAddon, isLive, isStudy, keyOf } from "./enrollment.ts";
import type { ChangeView, StudiesView } from "./messages.ts";
import type { Settings } from "./ports.ts";

const report = v.object({
  finishedAt: v.string(),
  runner: v.string(),
  reason: v.exactOptional(v.string()),
});

/** What the Studies page shows of this browser. */
export function viewOf(
  enrollments: readonly Enrollment[],
  lastRun: unknown,
  settings: Settings,
): StudiesView {
  const parsed = v.safeParse(report, lastRun);
  return {
    changes: enrollments.map(changeOf),
    enabled: settings.enabled,
    switches: {
      studies_enabled: settings.studiesEnabled,
      rollouts_enabled: settings.rolloutsEnabled,
      telemetry_enabled: settings.telemetryEnabled,
    },
    administered: settings.administered,
    server: settings.serverUrl ?? null,
    lastRun: parsed.success ? parsed.output : null,
  };
}

function changeOf(enrollment: Enrollment): ChangeView {
  return {
    key: keyOf(enrollment),
    kind: enrollment.kind,
    slug: enrollment.slug,
    name: isStudy(enrollment) ? enrollment.userFacingName : enrollment.slug,
    description: isStudy(enrollment) ? enrollment.userFacingDescription : "",
    isLive: isLive(enrollment),
    startedMs: enrollment.enrolledAtMs,
    recipeId: enrollment.recipeId,
    preferences: preferencesOf(enrollment),
    ...(isStudy(enrollment) ? { branch: enrollment.branch } : {}),
    ...(isStudy(enrollment) && enrollment.forced === true ? { forced: true } : {}),
    ...(enrollment.enrollmentId === noEnrollmentIdMarker
      ? {}
      : { enrollmentId: enrollment.enrollmentId }),
    ...(enrollment.endedAtMs === undefined ? {} : { endedMs: enrollment.endedAtMs }),
    ...(enrollment.endReason === undefined ? {} : { endReason: enrollment.endReason }),
    ...(hasAddon(enrollment) && enrollment.addon !== null
      ? { addon: { id: enrollment.addon.addon_id, version: enrollment.addon.version } }
      : {}),
  };
}

function preferencesOf(enrollment: Enrollment): ChangeView["preferences"] {
  switch (enrollment.kind) {
    case "preference-study":
      return Object.entries(enrollment.preferences).map(([name, { value, overridden }]) => ({
        name,
        value,
        overridden,
      }));
    case "preference-rollout":
      return Object.entries(enrollment.preferences).map(([name, { value }]) => ({
        name,
        value,
        overridden: false,
      }));
    case "addon-study":
    case "addon-rollout":
      return [];
  }
}
