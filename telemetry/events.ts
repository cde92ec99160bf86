// Every event that can be recorded: category normandy by method and object, and uptake. What is not
// in this table cannot be recorded, sent or stored. Names, extras and reasons are spelt as
// Normandy's data collection document spells them.

/** Limits of one event, in UTF-8 bytes and counts; what is longer is cut on a character boundary. */
export const eventLimits = {
  valueBytes: 80,
  extraValueBytes: 80,
  extraKeys: 10,
} as const;

export const normandyCategory = "normandy";
export const uptakeCategory = "uptake.remotecontent.result";

/** Extra keys of each event of category `normandy`. */
export const normandyEvents = {
  enroll: {
    preference_study: ["experimentType", "branch", "enrollmentId", "forced"],
    addon_study: ["addonId", "addonVersion", "branch", "enrollmentId", "forced"],
    preference_rollout: ["enrollmentId"],
    addon_rollout: ["addonId", "addonVersion", "enrollmentId"],
  },
  enrollFailed: {
    preference_study: ["reason", "preferenceBranch", "preferenceName"],
    addon_study: ["reason", "detail", "branch"],
    preference_rollout: ["reason", "preference"],
    addon_rollout: ["reason", "detail", "addonId", "conflictingSlug"],
  },
  update: {
    addon_study: ["addonId", "addonVersion", "branch", "enrollmentId"],
    preference_rollout: ["previousState", "enrollmentId"],
    addon_rollout: ["addonId", "addonVersion", "enrollmentId"],
  },
  updateFailed: {
    addon_study: ["reason", "detail", "branch", "enrollmentId"],
    addon_rollout: ["reason", "detail", "enrollmentId"],
  },
  expPrefChanged: {
    preference_study: ["preferenceName", "reason", "enrollmentId"],
  },
  unenroll: {
    preference_study: ["didResetValue", "branch", "reason", "enrollmentId"],
    addon_study: ["addonId", "addonVersion", "branch", "reason", "enrollmentId"],
    preference_rollback: ["reason", "enrollmentId"],
    addon_rollback: ["reason", "enrollmentId"],
  },
  unenrollFailed: {
    preference_study: ["reason", "originalReason", "caller", "enrollmentId"],
    preference_rollback: ["reason", "enrollmentId"],
    addon_rollback: ["reason", "enrollmentId"],
  },
  graduate: {
    preference_rollout: ["reason", "enrollmentId"],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

type NormandyTable = typeof normandyEvents;

/** One event of category `normandy` as a type: the method fixes the objects, both fix the extras. */
export type NormandyEvent = {
  [M in keyof NormandyTable]: {
    [O in keyof NormandyTable[M]]: {
      readonly method: M;
      readonly object: O;
      /** The slug. */
      readonly value: string;
      readonly extra: NormandyTable[M][O] extends readonly (infer K extends string)[]
        ? { readonly [key in K]?: string }
        : never;
    };
  }[keyof NormandyTable[M]];
}[keyof NormandyTable];

/** The event that carries one uptake status. */
export const uptakeEvent = {
  method: "uptake",
  object: "normandy",
  extra: ["source", "reason"],
} as const;

/** An event as it is sent: `[timestamp ms since the session began, category, method, object, value, extra]`. */
export type WireEvent = readonly [
  timestamp: number,
  category: string,
  method: string,
  object: string,
  value: string | null,
  extra: Readonly<Record<string, string>> | null,
];

/** Why an enrolment ended, as events spell it. */
export const unenrollReasons = [
  "filter-mismatch",
  "capability-mismatch",
  "arguments-invalid",
  "signature-error",
  "filter-error",
  "no-recipes",
  "recipe-not-seen",
  "individual-opt-out",
  "general-opt-out",
  "branch-removed",
  "install-failure",
  "uninstalled",
  "uninstalled-sideload",
  "rollback",
  "killed",
  "manifest-expired",
  "pref-denied",
  "crash-loop",
  "unknown",
] as const;
export type UnenrollReason = (typeof unenrollReasons)[number];
/** Why a rollout is no longer needed. */
export type GraduationReason = "all-prefs-match" | "in-graduation-set";

/** Sent in place of an add-on's id and version by a branch that has none. */
export const noAddonMarker = "__NO_ADDON__";
/** Written over enrollment IDs when telemetry is switched off. */
export const noEnrollmentIdMarker = "__NO_ENROLLMENT_ID__";
