import type { TransformName } from "./transforms.ts";

/** One transform, for the people who write filters: docs/recipes.md. */
export interface TransformDoc {
  readonly doc: string;
  /** A filter with it, which a test evaluates in a browser of whom nothing is known. */
  readonly example: string;
  /** What the example comes to, as `mulberry filter eval` prints it. */
  readonly value: unknown;
}

export const transformDocs = {
  stableSample: {
    doc: "Whether the value before it falls into that share of all values: `0.1` is one in ten.",
    example: '["a", "new-tabs"]|stableSample(0.5)',
    value: true,
  },
  bucketSample: {
    doc: "Whether it falls into some of many buckets: first bucket, how many, of how many.",
    example: '["b", "new-tabs"]|bucketSample(0, 5000, 10000)',
    value: false,
  },
  versionCompare: {
    doc: "Above, below or equal to 0 as the version before it is newer, older or the same.",
    example: '"153.0.1esr"|versionCompare("115.0") > 0',
    value: true,
  },
  preferenceValue: {
    doc: "What the preference holds; the argument where there is none.",
    example: '"no.such.pref"|preferenceValue(7)',
    value: 7,
  },
  preferenceIsUserSet: {
    doc: "Whether the person, or a study on the user branch, has set the preference.",
    example: '"no.such.pref"|preferenceIsUserSet',
    value: false,
  },
  preferenceExists: {
    doc: "Whether there is a preference of that name.",
    example: '"no.such.pref"|preferenceExists',
    value: false,
  },
  date: {
    doc: "A date from a text or from milliseconds since 1970, to compare with `env.request_time`.",
    example: '"2026-12-01"|date > "2026-11-30"|date',
    value: true,
  },
  keys: {
    doc: "The names in an object, as a list.",
    example: '"a" in ({a: 1, b: 2}|keys)',
    value: true,
  },
  values: {
    doc: "The values of an object, as a list.",
    example: "{a: 1, b: 2}|values",
    value: [1, 2],
  },
  length: {
    doc: "How many entries a list has; of anything else it is undefined.",
    example: "[1, 2, 3]|length",
    value: 3,
  },
  mapToProperty: {
    doc: "One property of each entry of a list.",
    example: '[{name: "x"}, {name: "y"}]|mapToProperty("name")',
    value: ["x", "y"],
  },
  regExpMatch: {
    doc: "What a regular expression finds in a text, as JavaScript's `match`; `null` where it finds nothing. Its work is limited, and look-around and back-references are refused.",
    example: '"de-AT"|regExpMatch("^(de|fr)-(..)$")',
    value: ["de-AT", "de", "AT"],
  },
} as const satisfies { readonly [N in TransformName]: TransformDoc };
