import type { normandyEvents } from "./events.ts";
import type { ExtraKey } from "./event-fields.ts";

// What each event and each of its extras is for, in step with the tables by the compiler.

/** What each extra says. */
export const extraDocs = {
  addonId: "The add-on's id, or `__NO_ADDON__` in a branch without one.",
  addonVersion: "The add-on's version, or `__NO_ADDON__` in a branch without one.",
  branch: "Slug of the branch.",
  caller: "What asked for the end of the study.",
  conflictingSlug: "Slug of the rollout or study that has the add-on already.",
  detail: "More about the reason: a code, or file, line and error name; never an error's message.",
  didResetValue:
    "`true` when the preferences were set back, `false` when they were left as they were.",
  enrollmentId:
    "UUID of this one enrolment, or `__NO_ENROLLMENT_ID__` after telemetry was switched off.",
  experimentType: "`exp`, or `exp-highpop` for a study with very many clients.",
  forced: "`true` when QA chose the branch; results leave such enrolments out.",
  originalReason: "The reason that the end of the study would have carried, had it not failed.",
  preference:
    "Name of the first preference that was of another type, already taken, locked or denied.",
  preferenceBranch: "The preference branch that the recipe asked for and that is none.",
  preferenceName: "Name of the preference that changed, or that could not be set; never its value.",
  previousState:
    "State of the rollout before the update: `active`, `graduated`, `rolled-back`, `opted-out`.",
  reason: "Why, as a code.",
  source:
    "Whose status it is: `normandy/runner`, `normandy/action/<name>`, `normandy/recipe/<id>`.",
} as const satisfies { readonly [K in ExtraKey]: string };

/** When each event of category `normandy` is recorded. */
export const eventDocs = {
  enroll: {
    preference_study: "A browser joined a preference study and got a branch.",
    addon_study: "A browser joined an add-on study and got a branch, with or without an add-on.",
    preference_rollout: "A browser took over the values of a rollout.",
    addon_rollout: "A browser installed the add-on of a rollout.",
  },
  enrollFailed: {
    preference_study:
      "A browser could not join a preference study: `invalid-branch` (with `preferenceBranch`), `invalid-type`, `pref-locked`, `pref-denied` (both with `preferenceName`).",
    addon_study:
      "A browser could not join an add-on study: `conflicting-addon-id`, `metadata-mismatch`, `download-failure`, `install-failure` (both with `detail`), or where our own code failed.",
    preference_rollout:
      "A browser could not take over a rollout: `conflict`, `invalid type`, `pref-locked`, `pref-denied` (each with `preference`), `would-be-no-op`.",
    addon_rollout:
      "A browser could not take over an add-on rollout: `conflict` (with `addonId`, and `conflictingSlug` unless the person has that add-on), else as for `updateFailed`.",
  },
  update: {
    addon_study: "The add-on of a running study was replaced by another version.",
    preference_rollout: "The recipe's values changed, and the browser followed.",
    addon_rollout: "The recipe brought another version of the add-on, and the browser followed.",
  },
  updateFailed: {
    addon_study:
      "The add-on of a running study could not be replaced: `addon-id-mismatch`, `addon-does-not-exist`, `no-downgrade`, else as for `enrollFailed`.",
    addon_rollout:
      "The add-on of a rollout could not be replaced: `addon-id-changed`, `upgrade-required` (a newer one is installed), `metadata-mismatch`, `download-failure`, `install-failure`, or where our own code failed.",
  },
  expPrefChanged: {
    preference_study:
      "A preference of a running study has another value than the study's: `atEnroll` already when it began, `observer` while the browser ran, `sideload` while it did not. Told once, and once more as `observer` where what was there at enrolment changes in that session.",
  },
  unenroll: {
    preference_study: "A preference study ended in this browser.",
    addon_study: "An add-on study ended in this browser.",
    preference_rollback: "A rollback took a rollout's values back, or the person left it.",
    addon_rollback: "A rollback took a rollout's add-on back, or the person left it.",
  },
  unenrollFailed: {
    preference_study:
      "The end of a preference study was asked for and was impossible: `does-not-exist`, `already-unenrolled`.",
    preference_rollback: "A rollout could not be taken back: `graduated`, `in-graduation-set`.",
    addon_rollback: "The add-on of a rollout could not be removed: `uninstall-failed`.",
  },
  graduate: {
    preference_rollout:
      "A rollout is no longer needed: `all-prefs-match` (the browser's built-in values are now the rollout's), `in-graduation-set` (the extension's build says so).",
  },
} as const satisfies {
  readonly [M in keyof typeof normandyEvents]: {
    readonly [O in keyof (typeof normandyEvents)[M]]: string;
  };
};
