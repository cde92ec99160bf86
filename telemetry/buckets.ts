// Where the buckets of a histogram begin. The rules are those by which Firefox generates the tables
// that it counts with, so that our histograms and Firefox's can be added up.

/** What a histogram counts, as a probe declares it. */
export type HistogramShape =
  /** `flag`: whether something ever happened. `count`: how often it did. */
  | { readonly kind: "flag" | "boolean" | "count" }
  /** Samples are integers from 0 up to, not including, `values`; what is larger falls into one more bucket. */
  | { readonly kind: "enumerated"; readonly values: number }
  /** `low`, 1 where it is left out, is where the second bucket begins, and `high` where the last one does. */
  | {
      readonly kind: "linear" | "exponential";
      readonly low?: number;
      readonly high: number;
      readonly buckets: number;
    }
  /** `values` keeps room for labels to come: 50 where it is left out. */
  | {
      readonly kind: "categorical";
      readonly labels: readonly string[];
      readonly values?: number;
    };
export type HistogramKind = HistogramShape["kind"];

/** The number by which a ping names a kind; `enumerated` is sent as what it is made of. */
export const histogramTypes = {
  exponential: 0,
  linear: 1,
  enumerated: 1,
  boolean: 2,
  flag: 3,
  count: 4,
  categorical: 5,
} as const satisfies { readonly [K in HistogramKind]: number };

/** Limits of a declaration. */
export const histogramLimits = {
  buckets: 100,
  /** Of kinds with a bucket of their own for what is too large. */
  bucketsWithSpill: 101,
  labels: 100,
  keys: 30,
  /** Characters of one label or key. */
  nameLength: 20,
} as const;

/** The range and the buckets of a shape. */
export interface Layout {
  /** Where the second bucket and the last one begin. */
  readonly range: readonly [low: number, high: number];
  /** Where each bucket begins, ascending from 0. */
  readonly edges: readonly number[];
}

const leastCategories = 50;

/** @throws RangeError where the shape has no buckets that follow each other */
export function layoutOf(shape: HistogramShape): Layout {
  switch (shape.kind) {
    case "flag":
    case "boolean":
    case "count":
      return linear(1, 2, 3);
    case "enumerated":
      return linear(1, shape.values, shape.values + 1);
    case "categorical": {
      const room = Math.max(shape.labels.length, shape.values ?? 0, leastCategories);
      return linear(1, room, room + 1);
    }
    case "linear":
      return linear(shape.low ?? 1, shape.high, shape.buckets);
    case "exponential":
      return exponential(shape.low ?? 1, shape.high, shape.buckets);
  }
}

function linear(low: number, high: number, buckets: number): Layout {
  const edges = [0];
  for (let index = 1; index < buckets; index++) {
    const weighted = low * (buckets - 1 - index) + high * (index - 1);
    edges.push(Math.floor(weighted / (buckets - 2) + 0.5));
  }
  return checked(low, high, edges);
}

function exponential(low: number, high: number, buckets: number): Layout {
  const edges = [0, low];
  let current = low;
  for (let index = 2; index < buckets; index++) {
    const step = (Math.log(high) - Math.log(current)) / (buckets - index);
    const next = Math.floor(Math.exp(Math.log(current) + step) + 0.5);
    // Small buckets would fall together once rounded: they are one wide at least.
    current = next > current ? next : current + 1;
    edges.push(current);
  }
  return checked(low, high, edges);
}

function checked(low: number, high: number, edges: readonly number[]): Layout {
  const ascends = edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge));
  if (!Number.isInteger(low) || low < 1 || edges.length < 3 || !ascends || edges.at(-1) !== high)
    throw new RangeError(`no buckets from ${low} to ${high} in ${edges.length}`);
  return { range: [low, high], edges };
}
