import * as v from "valibot";
import type { PreferenceValue } from "#recipes/arguments.ts";
import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import type { Enrollment } from "./enrollment.ts";
import { hasAddon, isLive, isStudy, keyOf } from "./enrollment.ts";
import type { ChangeView, StudiesView } from "./messages.ts";
import { type Settings, switchNames } from "./ports.ts";
import type { Journal } from "./preferences.ts";
import { type ToldEvent, toldOf } from "./told.ts";

const report = v.object({
  finishedAt: v.string(),
  runner: v.string(),
  reason: v.exactOptional(v.string()),
});

/** Everything that is remembered of changes in this browser. */
export interface Memory {
  readonly enrollments: readonly Enrollment[];
  /** The last run's report as it was stored. */
  readonly lastRun: unknown;
  readonly journal: Journal;
  readonly told: readonly ToldEvent[];
  /** Keys of enrolments that are out of force since the browser crashed. */
  readonly held: ReadonlySet<string>;
}

/** What the Studies page shows of this browser. */
export function viewOf(memory: Memory, settings: Settings): StudiesView {
  const parsed = v.safeParse(report, memory.lastRun);
  return {
    changes: memory.enrollments.map((enrollment) => changeOf(enrollment, memory)),
    enabled: settings.enabled,
    switches: {
      studies_enabled: settings.studiesEnabled,
      rollouts_enabled: settings.rolloutsEnabled,
      telemetry_enabled: settings.telemetryEnabled,
    },
    administered: switchNames.filter((name) => settings.administered.includes(name)),
    server: settings.serverUrl ?? null,
    devMode: settings.devMode,
    clockDays: settings.clockDays,
    lastRun: parsed.success ? parsed.output : null,
  };
}

function changeOf(enrollment: Enrollment, { journal, told, held }: Memory): ChangeView {
  return {
    key: keyOf(enrollment),
    kind: enrollment.kind,
    slug: enrollment.slug,
    name: isStudy(enrollment) ? enrollment.userFacingName : enrollment.slug,
    description: isStudy(enrollment) ? enrollment.userFacingDescription : "",
    isLive: isLive(enrollment),
    startedMs: enrollment.enrolledAtMs,
    recipeId: enrollment.recipeId,
    preferences: preferencesOf(enrollment, journal),
    told: toldOf(enrollment, told),
    ...(isLive(enrollment) && held.has(keyOf(enrollment)) ? { isHeld: true } : {}),
    ...(isStudy(enrollment) ? { branch: enrollment.branch } : {}),
    ...(isStudy(enrollment) && enrollment.forced === true ? { forced: true } : {}),
    ...(enrollment.enrollmentId === noEnrollmentIdMarker
      ? {}
      : { enrollmentId: enrollment.enrollmentId }),
    ...(enrollment.filter === undefined ? {} : { filter: enrollment.filter }),
    ...(enrollment.endedAtMs === undefined ? {} : { endedMs: enrollment.endedAtMs }),
    ...(enrollment.endReason === undefined ? {} : { endReason: enrollment.endReason }),
    ...(hasAddon(enrollment) && enrollment.addon !== null
      ? { addon: { id: enrollment.addon.addon_id, version: enrollment.addon.version } }
      : {}),
  };
}

function preferencesOf(enrollment: Enrollment, journal: Journal): ChangeView["preferences"] {
  switch (enrollment.kind) {
    case "preference-study":
      return Object.entries(enrollment.preferences).map(([name, held]) => ({
        name,
        before: held.previous ?? (held.branchType === "user" ? defaultOf(name, journal) : null),
        value: held.value,
        overridden: held.overridden,
      }));
    case "preference-rollout":
      return Object.entries(enrollment.preferences).map(([name, { value, previous }]) => ({
        name,
        before: previous,
        value,
        overridden: false,
      }));
    case "addon-study":
    case "addon-rollout":
      return [];
  }
}

/** Where the person had set nothing, the default showed: while the study runs, its undo record has it. */
function defaultOf(name: string, journal: Journal): PreferenceValue | null {
  return Object.hasOwn(journal, name) ? (journal[name]?.base.default ?? null) : null;
}
