import { type normandyEvents, noEnrollmentIdMarker, type uptakeEvent } from "./events.ts";
import { uuidPattern } from "./fields.ts";

// What each extra of an event may hold. Beside the tables of `events.ts`, and kept in step with them
// by the compiler. What each is for stands in `event-docs.ts`, which no browser has to carry.

type Table = typeof normandyEvents;
type NormandyExtra = {
  [M in keyof Table]: {
    [O in keyof Table[M]]: Table[M][O] extends readonly (infer K extends string)[] ? K : never;
  }[keyof Table[M]];
}[keyof Table];

/** Every key of an event's extras. */
export type ExtraKey = NormandyExtra | (typeof uptakeEvent.extra)[number];

export interface ExtraField {
  /** What a value must look like, beside being short; absent where a recipe's author chose the words. */
  readonly pattern?: RegExp;
  /** Sent in place of a value that does not fit; where absent, the key is left out. */
  readonly otherwise?: string;
}

/**
 * A code, or the place in our own source where something failed: one or two words, and nothing that a
 * sentence, an e-mail address, a URL or an absolute path needs.
 */
const codePattern =
  /^(?!.*\/\/)[A-Za-z0-9_][A-Za-z0-9_.:/#-]*(?: [A-Za-z0-9_][A-Za-z0-9_.:/#-]*)?$/u;
const truthPattern = /^(?:true|false)$/u;
const preferencePattern = /^[!-~]+$/u;

/** A client's id in one change, or the filler that switching telemetry off leaves behind. */
export const enrollmentIdPattern = new RegExp(
  `${uuidPattern.source}|^${noEnrollmentIdMarker}$`,
  "iu",
);

/** Whose uptake a status is. */
export const sourcePattern =
  /^normandy\/(?:runner|action\/[A-Za-z][A-Za-z0-9-]{0,47}|recipe\/[1-9]\d{0,15})$/u;

export const extraFields = {
  addonId: { pattern: /^[A-Za-z0-9@._{}-]+$/u },
  addonVersion: { pattern: /^[A-Za-z0-9._+-]+$/u },
  branch: {},
  caller: { pattern: codePattern },
  conflictingSlug: {},
  detail: { pattern: codePattern, otherwise: "unknown" },
  didResetValue: { pattern: truthPattern },
  enrollmentId: { pattern: enrollmentIdPattern, otherwise: noEnrollmentIdMarker },
  experimentType: { pattern: /^exp(?:-highpop)?$/u },
  forced: { pattern: truthPattern },
  originalReason: { pattern: codePattern, otherwise: "unknown" },
  preference: { pattern: preferencePattern },
  preferenceBranch: {},
  preferenceName: { pattern: preferencePattern },
  previousState: { pattern: /^[a-z-]+$/u },
  reason: { pattern: codePattern, otherwise: "unknown" },
  source: { pattern: sourcePattern },
} as const satisfies { readonly [K in ExtraKey]: ExtraField };

/** Whether a short enough value may stand under this key. */
export function fitsExtra(key: ExtraKey, value: string): boolean {
  const field: ExtraField = extraFields[key];
  return field.pattern?.test(value) ?? true;
}
