import { costOfAsking, spend } from "./filter-budget.ts";
import type { PreferenceFact } from "./filter-context.ts";
import { loose, textOf } from "./filter-operators.ts";
import { type Evaluation, limited, readProperty } from "./filter-values.ts";
import { matchRegExp } from "./regexp-match.ts";
import { bucketSample, type Digest, stableSample } from "./sampling.ts";
import { versionCompare } from "./version-compare.ts";

/** `subject|name(args…)`: a function of values that have been evaluated; its answer may be a promise. */
export type Transform = (
  evaluation: Evaluation,
  subject: unknown,
  ...args: readonly unknown[]
) => unknown;

/** Everything that a filter can pipe a value through; the names are Normandy's. */
export const transforms = {
  /** A date from a text or from milliseconds since 1970. */
  date: (_evaluation, subject) => new Date(loose(subject)),

  /** Whether the subject falls into a share of all inputs: `[env.userId]|stableSample(0.1)`. */
  stableSample: (evaluation, subject, rate) =>
    stableSample(subject, loose(rate), paidDigest(evaluation)),

  /** Whether the subject falls into some of many buckets: `|bucketSample(start, count, total)`. */
  bucketSample: (evaluation, subject, start, count, total) =>
    bucketSample(subject, loose(start), loose(count), loose(total), paidDigest(evaluation)),

  /** The value of the preference that the subject names, or the argument when there is none. */
  preferenceValue: (evaluation, subject, otherwise) =>
    ofPreference(evaluation, subject, ({ exists, value }) => (exists ? value : otherwise)),

  preferenceIsUserSet: (evaluation, subject) =>
    ofPreference(evaluation, subject, ({ userSet }) => userSet),

  preferenceExists: (evaluation, subject) =>
    ofPreference(evaluation, subject, ({ exists }) => exists),

  /** Names of an object's own properties; `undefined` for what is no object. */
  keys: (_evaluation, subject) => (isObject(subject) ? Object.keys(subject) : undefined),

  values: (_evaluation, subject): unknown =>
    isObject(subject) ? Object.values(subject) : undefined,

  /** Length of a list; `undefined` for anything else, texts included. */
  length: (_evaluation, subject) => (Array.isArray(subject) ? subject.length : undefined),

  /** A list of one property of each element of a list. */
  mapToProperty: (_evaluation, subject, name) =>
    Array.isArray(subject)
      ? (subject as readonly unknown[]).map((element) => readProperty(element, name))
      : undefined,

  /** `null` or the matches, as JavaScript's `match`: `text|regExpMatch(pattern, flags)`, bounded. */
  regExpMatch: ({ budget }, subject, pattern, flags) =>
    matchRegExp(subject, asText(pattern), asText(flags), budget),

  /** Below, above or equal to 0 as the subject is older than, newer than or equal to the argument. */
  versionCompare: (_evaluation, subject, other) => versionCompare(subject, other),
} as const satisfies Readonly<Record<string, Transform>>;

export type TransformName = keyof typeof transforms;

export const transformNames = Object.keys(transforms) as readonly TransformName[];

/** Whether a name is one of ours; an inherited name such as `constructor` is not. */
export function isTransformName(name: string): name is TransformName {
  return Object.hasOwn(transforms, name);
}

/** Charges for each text that is hashed, the more the longer it is. */
function paidDigest({ context, budget }: Evaluation): Digest {
  return (text) => {
    spend(budget, costOfAsking + text.length);
    return context.digest(text);
  };
}

function ofPreference(
  { context, budget }: Evaluation,
  subject: unknown,
  pick: (fact: PreferenceFact) => unknown,
): unknown {
  if (subject === null || subject === undefined) {
    throw new TypeError("a preference needs a name");
  }
  const name = textOf(subject);
  const answer = context.preference(name);
  spend(budget, costOfAsking);
  if (!("then" in answer)) return pick(answer);
  const inTime = limited(answer, context, `preference ${name}`);
  return inTime.then((fact) => pick(fact as PreferenceFact));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** An absent argument stays absent; RegExp itself makes a text of anything else. */
function asText(value: unknown): string | undefined {
  return value === undefined ? undefined : textOf(value);
}
