import * as v from "valibot";
import { layoutOf } from "#telemetry/buckets.ts";
import { type HistogramSnapshot, restoredFrom } from "#telemetry/histogram.ts";
import type { HistogramProbe } from "#telemetry/probe.ts";

/** One bucket as it is drawn, or how many empty ones in a row are not. */
export type Bar =
  | {
      /** Where it begins and ends, or its label. */
      readonly label: string;
      readonly count: number;
      /** Of all samples, 0 to 1. */
      readonly share: number;
      /** Of the fullest bucket, 0 to 1. */
      readonly height: number;
    }
  | { readonly empty: number };

/** A histogram as a person reads it. */
export interface HistogramView {
  readonly name: string;
  /** Of one with keys. */
  readonly key?: string;
  /** What it measures; absent where this version does not know. */
  readonly doc?: string;
  readonly samples: number;
  readonly sum: number;
  /** Whether the sum is all that counts: it has one bucket. */
  readonly isCount: boolean;
  readonly bars: readonly Bar[];
}

const shape: v.GenericSchema<unknown, HistogramSnapshot> = v.object({
  bucket_count: v.number(),
  histogram_type: v.number(),
  sum: v.number(),
  range: v.tuple([v.number(), v.number()]),
  values: v.record(v.string(), v.number()),
});

/** Shorter runs of empty buckets are drawn as they are. */
const leastGap = 3;

/**
 * Reads a histogram of a ping.
 *
 * @param probe - by which it was recorded; `undefined` where this version has none of that name
 * @param number - writes a number in the person's language
 * @returns `undefined` where it is no histogram
 */
export function histogramView(
  name: string,
  key: string | undefined,
  snapshot: unknown,
  probe: HistogramProbe | undefined,
  number: (value: number) => string,
): HistogramView | undefined {
  const parsed = v.safeParse(shape, snapshot);
  if (!parsed.success) return undefined;
  const { sum, values } = parsed.output;
  // Buckets of another version's probe are its own: then only what the ping says is known of them.
  const known =
    probe !== undefined && restoredFrom(probe, parsed.output) !== undefined ? probe : undefined;
  const edges =
    known === undefined
      ? Object.keys(values)
          .map(Number)
          .toSorted((one, other) => one - other)
      : layoutOf(known).edges;
  const counts = edges.map((edge) => values[String(edge)] ?? 0);
  const samples = counts.reduce((all, count) => all + count, 0);
  return {
    name,
    ...(key === undefined ? {} : { key }),
    ...(probe === undefined ? {} : { doc: probe.doc }),
    samples,
    sum,
    isCount: known?.kind === "count",
    bars: barsOf(counts, samples, (index) => labelOf(index, edges, known, number)),
  };
}

function barsOf(
  counts: readonly number[],
  samples: number,
  labelAt: (index: number) => string,
): readonly Bar[] {
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const fullest = Math.max(...counts);
  const bars: Bar[] = [];
  for (let index = first; first !== -1 && index <= last; index += 1) {
    const next = counts.findIndex((count, place) => place >= index && count > 0);
    if (next - index >= leastGap) {
      bars.push({ empty: next - index });
      index = next;
    }
    const count = counts[index] ?? 0;
    bars.push({ label: labelAt(index), count, share: count / samples, height: count / fullest });
  }
  return bars;
}

function labelOf(
  index: number,
  edges: readonly number[],
  probe: HistogramProbe | undefined,
  number: (value: number) => string,
): string {
  const from = edges[index] ?? 0;
  const next = edges[index + 1];
  switch (probe?.kind) {
    case "flag":
    case "boolean":
      return String(from === 1);
    case "categorical":
      return probe.labels[from] ?? number(from);
    case undefined:
      return number(from);
    default:
      if (next === undefined) return `≥ ${number(from)}`;
      return next - from === 1 ? number(from) : `${number(from)}–${number(next - 1)}`;
  }
}
