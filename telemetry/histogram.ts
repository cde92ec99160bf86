import { type HistogramShape, histogramTypes, type Layout, layoutOf } from "./buckets.ts";

/** What fell into each bucket; `counts` goes with the layout's `edges`. */
export interface Histogram {
  readonly shape: HistogramShape;
  readonly layout: Layout;
  readonly counts: number[];
  /** Of all samples as they were counted. */
  sum: number;
}

/** A histogram as it is stored and sent. Property names are those of Firefox's pings. */
export interface HistogramSnapshot {
  readonly bucket_count: number;
  readonly histogram_type: number;
  readonly sum: number;
  readonly range: readonly [low: number, high: number];
  /** Samples by the beginning of their bucket: what is not empty, and one empty bucket on either side. */
  readonly values: Readonly<Record<string, number>>;
}

/** The largest sample; what is larger is counted as this. */
export const largestSample = 2 ** 31 - 2;

/** A histogram without samples. A flag begins with the sample that says: it has not happened. */
export function emptyHistogram(shape: HistogramShape): Histogram {
  const layout = layoutOf(shape);
  const counts = layout.edges.map(() => 0);
  if (shape.kind === "flag") counts[0] = 1;
  return { shape, layout, counts, sum: 0 };
}

/**
 * Counts one sample. Nothing is thrown for a sample: what is outside the range of samples is counted
 * as its end, and what is none leaves the histogram as it was.
 *
 * @param sample - by kind: a truth for `flag` and `boolean`, a label for `categorical`, else a number, of
 *   which the whole part counts
 */
export function accumulate(
  histogram: Histogram,
  sample: number | boolean | string,
): "counted" | "clamped" | "refused" {
  const value = valueOf(histogram.shape, sample);
  if (value === undefined || Number.isNaN(value)) return "refused";
  const clamped = Math.trunc(Math.min(Math.max(value, 0), largestSample));
  if (histogram.shape.kind === "flag") raise(histogram, clamped);
  else {
    // A count has one bucket: each sample is a number of times, and the sum is what counts.
    const bucket = histogram.shape.kind === "count" ? 0 : bucketOf(histogram.layout.edges, clamped);
    histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    histogram.sum += clamped;
  }
  return value < 0 || value > largestSample ? "clamped" : "counted";
}

function valueOf(shape: HistogramShape, sample: number | boolean | string): number | undefined {
  if (shape.kind === "categorical") {
    const index = typeof sample === "string" ? shape.labels.indexOf(sample) : -1;
    return index === -1 ? undefined : index;
  }
  if (typeof sample === "string") return undefined;
  return shape.kind === "flag" || shape.kind === "boolean"
    ? Number(Boolean(sample))
    : Number(sample);
}

/** A flag goes up once, and how often it was said does not count. */
function raise(histogram: Histogram, value: number): void {
  if (value === 0) return;
  histogram.counts[0] = 0;
  histogram.counts[1] = 1;
  histogram.sum = 1;
}

/** The last bucket that begins at or below the value. */
function bucketOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The histogram as it is sent; `undefined` where it holds no sample. */
export function snapshotOf({
  shape,
  layout,
  counts,
  sum,
}: Histogram): HistogramSnapshot | undefined {
  const filled = (count: number): boolean => count > 0;
  const first = counts.findIndex(filled);
  const last = counts.findLastIndex(filled);
  if (first === -1) return undefined;
  const shown = counts.flatMap((count, index) =>
    count > 0 || index === first - 1 || index === last + 1
      ? [[String(layout.edges[index]), count] as const]
      : [],
  );
  return {
    bucket_count: counts.length,
    histogram_type: histogramTypes[shape.kind],
    sum,
    range: layout.range,
    values: Object.fromEntries(shown),
  };
}

/**
 * The histogram that a snapshot was made of.
 *
 * @returns `undefined` where the snapshot is not one of this shape: a probe may have been declared
 *   otherwise when it was made
 */
export function restoredFrom(
  shape: HistogramShape,
  snapshot: HistogramSnapshot,
): Histogram | undefined {
  const histogram = emptyHistogram(shape);
  const { range, edges } = histogram.layout;
  const isOfShape =
    snapshot.bucket_count === edges.length &&
    snapshot.histogram_type === histogramTypes[shape.kind] &&
    snapshot.range.every((end, index) => end === range[index]) &&
    Object.keys(snapshot.values).every((edge) => edges.includes(Number(edge)));
  if (!isOfShape) return undefined;
  for (const [index, edge] of edges.entries())
    histogram.counts[index] = snapshot.values[String(edge)] ?? 0;
  histogram.sum = snapshot.sum;
  return histogram;
}

/** Adds the samples of another histogram of the same shape. */
export function merge(into: Histogram, other: Histogram): void {
  if (into.shape.kind === "flag") {
    raise(into, other.sum);
    return;
  }
  for (const [index, count] of other.counts.entries())
    into.counts[index] = (into.counts[index] ?? 0) + count;
  into.sum += other.sum;
}
