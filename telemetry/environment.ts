/** What runs in this browser, by slug: part of every ping that carries an environment. */
export interface ExperimentAnnotation {
  readonly branch: string;
  /** `normandy-exp`, `normandy-exp-highpop`, `normandy-prefrollout`, `normandy-addonstudy`, `normandy-addonrollout`. */
  readonly type: string;
  readonly enrollmentId: string;
}

/** Longest value of each field, in characters; longer ones are cut. Firefox cuts types at 20, and `normandy-addonrollout` with it. */
export const annotationLimits = { slug: 100, branch: 100, type: 21 } as const;

/** Words that a recipe's author chose: on one line. */
export const labelPattern = /^\P{Cc}+$/u;

/** Data that is expected to be characteristic for behaviour and to change rarely. */
export interface Environment {
  readonly settings: { readonly locale: string; readonly telemetryEnabled: boolean };
  readonly system: { readonly os: { readonly name: string; readonly version: string } };
  readonly experiments: Readonly<Record<string, ExperimentAnnotation>>;
}
