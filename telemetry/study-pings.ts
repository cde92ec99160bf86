import type { Held, ScalarValue } from "./probe.ts";

// What add-ons of studies may tell by pings of their own. What is not in this table they cannot send:
// a study that wants to tell something adds a row, and the row says who may.

/** One value of such a ping. */
export type StudyField = Held & { readonly doc: string };

export interface StudyPing {
  /** What is told, and when: a sentence for whoever reads the numbers. */
  readonly doc: string;
  /** Numbers of the issues in which it was asked for and agreed to. */
  readonly issues: readonly number[];
  /** Who answers for it: a role's address. */
  readonly owner: string;
  /** The only add-on that may send it, and only while a study that has it runs. */
  readonly addonId: string;
  /** Every value that it can have; each may be missing. */
  readonly fields: Readonly<Record<string, StudyField>>;
}

export const studyPings = {
  "study-feature": {
    doc: "How the feature of the example study fared: told when its button is pressed.",
    issues: [5],
    owner: "telemetry@mulberry.example",
    addonId: "feature-study@mulberry.example",
    fields: {
      presses: { kind: "uint", doc: "How often the button was pressed so far." },
      mark: { kind: "boolean", doc: "Whether the button has its mark." },
      outcome: {
        kind: "string",
        pattern: /^(?:kept|switched-off)$/u,
        doc: "What the person did with the feature: `kept` or `switched-off`.",
      },
    },
  },
} as const satisfies Readonly<Record<`study-${string}`, StudyPing>>;
export type StudyPingType = keyof typeof studyPings;

/** Payload of a ping of a study's add-on. */
export interface StudyPingPayload {
  /** The enrolment that it is about. */
  readonly study: {
    readonly slug: string;
    readonly branch: string;
    readonly enrollmentId: string;
    readonly addonVersion: string;
  };
  readonly values: StudyValues;
  /** QA chose the branch: results leave it out. */
  readonly testing?: true;
}
export type StudyValues = Readonly<Record<string, ScalarValue>>;

/** Pings of one study in a day of one browser at most. */
export const studyPingsADay = 24;

/** Whether it is the type of such a ping. */
export function isStudyPingType(type: string): type is StudyPingType {
  return Object.hasOwn(studyPings, type);
}
