import { Cells, cellsOf } from "./cells.ts";
import {
  accumulate,
  emptyHistogram,
  type Histogram,
  type HistogramSnapshot,
  merge,
  restoredFrom,
  snapshotOf,
} from "./histogram.ts";
import type { LimitScalar } from "./limit-scalars.ts";
import {
  type DataSet,
  type HistogramProbe,
  isRecorded,
  type KeyedName,
  type KeyOf,
  type PlainName,
  type ProbeTable,
  type Recordable,
  type RecordingWay,
  type SampleOf,
  scalarLimits,
  type ScalarProbe,
  type ScalarValue,
  type UintName,
  type ValueOf,
} from "./probe.ts";
import { fitScalar, fitsKey, type Joining, joinings } from "./scalar.ts";

type ByKey<V> = Readonly<Record<string, V>>;

/** Everything that was measured, as it is stored and sent; what holds nothing is left out. */
export interface MeasuresSnapshot {
  readonly histograms: ByKey<HistogramSnapshot>;
  readonly keyedHistograms: ByKey<ByKey<HistogramSnapshot>>;
  readonly scalars: ByKey<ScalarValue>;
  readonly keyedScalars: ByKey<ByKey<ScalarValue>>;
}

/**
 * Keeps what probes record until it is sent. A name that no table has, a key that is not declared or a
 * value of another type does not compile; whatever else is wrong with a value is counted, never thrown.
 */
export class Measures<T extends ProbeTable> {
  readonly #table: ProbeTable;
  readonly #where: Recordable;
  #histogramProbes: ReadonlyMap<string, HistogramProbe>;
  #scalarProbes: ReadonlyMap<string, ScalarProbe>;
  readonly #histograms = new Cells<Histogram>();
  readonly #scalars = new Cells<ScalarValue>();
  #changes = 0;

  constructor(table: T, where: Recordable) {
    this.#table = table;
    this.#where = where;
    this.#histogramProbes = recorded(table.histograms, where);
    this.#scalarProbes = recorded(table.scalars, where);
  }

  /** Records these data sets from now on, and forgets what was measured of others. */
  recordOnly(dataSets: readonly DataSet[]): void {
    const where = { ...this.#where, dataSets };
    this.#histogramProbes = recorded(this.#table.histograms, where);
    this.#scalarProbes = recorded(this.#table.scalars, where);
    const hasForgotten = [
      this.#histograms.keepOnly((name) => this.#histogramProbes.has(name)),
      this.#scalars.keepOnly((name) => this.#scalarProbes.has(name)),
    ];
    if (hasForgotten.includes(true)) this.#changes += 1;
  }

  /** Counts a sample in a histogram. */
  sample<N extends PlainName<T["histograms"]>>(
    name: N,
    sample: SampleOf<T["histograms"][N]>,
  ): void {
    this.#accumulate(name, undefined, sample);
  }

  sampleKeyed<N extends KeyedName<T["histograms"]>>(
    name: N,
    key: KeyOf<T["histograms"][N]>,
    sample: SampleOf<T["histograms"][N]>,
  ): void {
    this.#accumulate(name, key, sample);
  }

  /** Puts a value in the place of what a scalar held. */
  set<N extends PlainName<T["scalars"]>>(name: N, value: ValueOf<T["scalars"][N]>): void {
    this.#put(name, undefined, value, joinings.set);
  }

  setKeyed<N extends KeyedName<T["scalars"]>>(
    name: N,
    key: string,
    value: ValueOf<T["scalars"][N]>,
  ): void {
    this.#put(name, key, value, joinings.set);
  }

  /** Adds to what a scalar counts. */
  add(name: PlainName<T["scalars"]> & UintName<T["scalars"]>, by: number): void {
    this.#put(name, undefined, by, joinings.add);
  }

  addKeyed(name: KeyedName<T["scalars"]> & UintName<T["scalars"]>, key: string, by: number): void {
    this.#put(name, key, by, joinings.add);
  }

  /** Has a scalar hold the largest value that it was given. */
  raise(name: PlainName<T["scalars"]> & UintName<T["scalars"]>, to: number): void {
    this.#put(name, undefined, to, joinings.raise);
  }

  raiseKeyed(
    name: KeyedName<T["scalars"]> & UintName<T["scalars"]>,
    key: string,
    to: number,
  ): void {
    this.#put(name, key, to, joinings.raise);
  }

  /** Records what comes from outside, where no compiler has looked at key and value. */
  record(
    name: keyof T["scalars"] & string,
    key: string | undefined,
    way: RecordingWay,
    value: ScalarValue,
  ): void {
    this.#put(name, key, value, joinings[way]);
  }

  /** Grows with whatever changes the next snapshot. */
  get changes(): number {
    return this.#changes;
  }

  /** What was measured since the last `clear`. A flag is there also while it is down. */
  snapshot(): MeasuresSnapshot {
    for (const [name, probe] of this.#histogramProbes)
      if (probe.kind === "flag" && probe.keys === undefined)
        this.#histogram(name, undefined, probe);
    const histograms = this.#histograms.written(snapshotOf);
    const scalars = this.#scalars.written((value) => value);
    return {
      histograms: histograms.plain,
      keyedHistograms: histograms.keyed,
      scalars: scalars.plain,
      keyedScalars: scalars.keyed,
    };
  }

  /** Begins anew. */
  clear(): void {
    this.#changes += 1;
    this.#histograms.clear();
    this.#scalars.clear();
  }

  /**
   * Takes in what was measured before and not sent. What the tables do not have any more, or have
   * otherwise, is left out; samples are added up, and a scalar that holds a value by now keeps it.
   */
  restore(before: MeasuresSnapshot): void {
    this.#changes += 1;
    for (const [name, key, snapshot] of cellsOf(before.histograms, before.keyedHistograms)) {
      const probe = this.#histogramProbes.get(name);
      if (probe === undefined || !isDeclared(probe, key)) continue;
      const restored = restoredFrom(probe, snapshot);
      if (restored !== undefined) merge(this.#histogram(name, key, probe), restored);
    }
    for (const [name, key, value] of cellsOf(before.scalars, before.keyedScalars)) {
      const probe = this.#scalarProbes.get(name);
      const isKnown = probe !== undefined && fitsKey(probe, key);
      const isHeld = this.#scalars.get(name, key) !== undefined;
      if (isKnown && !isHeld && fitScalar(probe, value).kind === "fits")
        this.#scalars.set(name, key, value);
    }
  }

  #accumulate(name: string, key: string | undefined, sample: number | boolean | string): void {
    const probe = this.#histogramProbes.get(name);
    if (probe === undefined) return;
    if (!isDeclared(probe, key)) {
      this.#count("telemetry.accumulate_unknown_histogram_keys", name);
      return;
    }
    this.#changes += 1;
    const outcome = accumulate(this.#histogram(name, key, probe), sample);
    if (outcome === "clamped") this.#count("telemetry.accumulate_clamped_values", name);
    if (outcome === "refused") this.#count("telemetry.accumulate_refused_samples", name);
  }

  #put(name: string, key: string | undefined, value: ScalarValue, join: Joining): void {
    const probe = this.#scalarProbes.get(name);
    if (probe === undefined) return;
    const held = this.#scalars.get(name, key);
    const given = fitScalar(probe, value);
    const joined = given.kind === "refused" ? given : fitScalar(probe, join(held, given.value));
    if (!fitsKey(probe, key)) this.#count("telemetry.keyed_scalars_unknown_keys", name);
    else if (given.kind === "refused" || joined.kind === "refused")
      this.#count("telemetry.scalar_refused_values", name);
    else if (held === undefined && this.#scalars.size(name) >= scalarLimits.keys)
      this.#count("telemetry.keyed_scalars_exceed_limit", name);
    else {
      this.#changes += 1;
      this.#scalars.set(name, key, joined.value);
      if (given.kind === "cut" || joined.kind === "cut")
        this.#count("telemetry.scalar_cut_values", name);
    }
  }

  #count(limit: LimitScalar, name: string): void {
    this.#changes += 1;
    this.#scalars.set(limit, name, joinings.add(this.#scalars.get(limit, name), 1));
  }

  #histogram(name: string, key: string | undefined, probe: HistogramProbe): Histogram {
    const known = this.#histograms.get(name, key);
    if (known !== undefined) return known;
    const made = emptyHistogram(probe);
    this.#histograms.set(name, key, made);
    return made;
  }
}

function recorded<P extends HistogramProbe | ScalarProbe>(
  probes: Readonly<Record<string, P>>,
  where: Recordable,
): ReadonlyMap<string, P> {
  return new Map(Object.entries(probes).filter(([, probe]) => isRecorded(probe, where)));
}

function isDeclared({ keys }: HistogramProbe, key: string | undefined): boolean {
  return key === undefined || keys === undefined ? key === keys : keys.includes(key);
}
