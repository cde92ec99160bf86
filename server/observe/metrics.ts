import type { MetricNameOf, TagsOf, UserMetricName } from "./metric-table.ts";

/** Where numbers about the server go. What can be said is in `metric-table.ts`. */
export interface Metrics {
  /** Adds to a counter. */
  incr<N extends MetricNameOf<"counter">>(name: N, tags: TagsOf<N>, by?: number): void;
  /** Notes how long something took, in milliseconds. */
  timing<N extends MetricNameOf<"timer">>(name: N, tags: TagsOf<N>, ms: number): void;
  /** Says how things stand. */
  gauge<N extends MetricNameOf<"gauge">>(name: N, tags: TagsOf<N>, value: number): void;
  /** Counts somebody among the different ones that were seen; who it was is not kept. */
  seen<N extends UserMetricName>(name: N, tags: Omit<TagsOf<N>, "interval">, who: string): void;
}

/** Discards everything. */
export const noMetrics: Metrics = {
  incr: () => undefined,
  timing: () => undefined,
  gauge: () => undefined,
  seen: () => undefined,
};
