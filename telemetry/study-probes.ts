import type { ScalarProbe } from "./probe.ts";

// What add-ons of studies may record into the `main` ping. It stands there under the process
// `dynamic`, apart from our own, as what add-ons record does in Firefox, and like there it is scalars
// alone. A study that wants to measure something adds a row, and the row says who may.

export type StudyProbe = ScalarProbe & {
  /** The only add-on that may record it, and only while a study that has it runs. */
  readonly addonId: string;
};

/** What the rows of the example study have in common. */
const example = {
  issues: [5],
  owner: "telemetry@mulberry.example",
  expires: "never",
  dataSet: "base",
  products: ["firefox"],
  addonId: "feature-study@mulberry.example",
} as const;

export const studyProbes = {
  "study.feature.presses": {
    ...example,
    kind: "uint",
    doc: "How often the button of the example study was pressed.",
  },
  "study.feature.presses_by_place": {
    ...example,
    kind: "uint",
    keyPattern: /^(?:toolbar|menu)$/u,
    doc: "The same by where the button was: `toolbar` or `menu`.",
  },
} as const satisfies Readonly<Record<`study.${string}`, StudyProbe>>;
export type StudyProbeName = keyof typeof studyProbes;

/** Whether a scalar is one of those, and not of our own. */
export function isStudyProbe(name: string): name is StudyProbeName {
  return Object.hasOwn(studyProbes, name);
}
