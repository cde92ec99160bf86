import type { HistogramShape } from "./buckets.ts";

// What a probe is: one row of `metrics.ts`, and the types that follow from it.

/** For whom a probe counts: `base` in every browser that sends telemetry, `extended` where a person lets more be measured. */
export type DataSet = "base" | "extended";
export type Product = "firefox" | "chromium";

interface Probe {
  /** What is measured, in which unit and when: a sentence for whoever reads the numbers. */
  readonly doc: string;
  /** Numbers of the issues in which it was asked for and agreed to. */
  readonly issues: readonly number[];
  /** Who answers for it: a role's address. */
  readonly owner: string;
  /** The first version of Mulberry that no longer records it, for example `"2"`. */
  readonly expires: string;
  readonly dataSet: DataSet;
  readonly products: readonly Product[];
}

/** Counts samples in buckets; one with `keys` is as many histograms. */
export type HistogramProbe = Probe & HistogramShape & { readonly keys?: readonly string[] };

/** What one value can be. */
export type Held =
  | { readonly kind: "uint" | "boolean" }
  /** What it may hold looks like this, as every text in a ping has its form. */
  | { readonly kind: "string"; readonly pattern: RegExp };

/** Holds one value; one with a `keyPattern` holds one for each key, and any key of that form can come. */
export type ScalarProbe = Probe &
  Held & {
    readonly keyPattern?: RegExp;
    /** How values of several parts of a session are read as one. Without it numbers are added up, and else the latest holds. */
    readonly parts?: RecordingWay;
  };
export type ScalarValue = number | string | boolean;

/** What a value does to the one that a scalar holds: takes its place, is added, or stays where it is larger. */
export const recordingWays = ["set", "add", "raise"] as const;
export type RecordingWay = (typeof recordingWays)[number];

/** Limits of what scalars hold, lengths in characters. */
export const scalarLimits = {
  keys: 100,
  keyLength: 72,
  textLength: 50,
  uint: 2 ** 32 - 1,
} as const;

/** Everything that can be measured, by name. */
export interface ProbeTable {
  readonly histograms: Readonly<Record<string, HistogramProbe>>;
  readonly scalars: Readonly<Record<string, ScalarProbe>>;
}

type Having<T, Row> = { [N in keyof T]: T[N] extends Row ? N : never }[keyof T] & string;
type Keyed = { readonly keys: readonly string[] } | { readonly keyPattern: RegExp };

/** Names of histograms, or of scalars, without keys. */
export type PlainName<T> = Exclude<keyof T & string, KeyedName<T>>;
/** Names of those with keys. */
export type KeyedName<T> = Having<T, Keyed>;
/** Names of scalars that count. */
export type UintName<T> = Having<T, { readonly kind: "uint" }>;

/** What one sample of a histogram is. */
export type SampleOf<Row> = Row extends { readonly kind: "flag" }
  ? true
  : Row extends { readonly kind: "boolean" }
    ? boolean
    : Row extends { readonly labels: readonly (infer L extends string)[] }
      ? L
      : number;
/** The keys of a keyed histogram. */
export type KeyOf<Row> = Row extends { readonly keys: readonly (infer K extends string)[] }
  ? K
  : never;
/** What a scalar holds. */
export type ValueOf<Row> = Row extends { readonly kind: "uint" }
  ? number
  : Row extends { readonly kind: "string" }
    ? string
    : boolean;

/** Where probes are to record. */
export interface Recordable {
  /** The version of Mulberry. */
  readonly version: string;
  readonly product: Product;
  readonly dataSets: readonly DataSet[];
  /** The order of versions: negative where the first is the older one. */
  readonly compare: (one: string, other: string) => number;
}

/** Whether a probe records here: in this product, with this data set, before it expires. */
export function isRecorded(
  probe: HistogramProbe | ScalarProbe,
  { version, product, dataSets, compare }: Recordable,
): boolean {
  return (
    probe.products.includes(product) &&
    dataSets.includes(probe.dataSet) &&
    (probe.expires === "never" || compare(firstBuildOf(probe.expires), version) > 0)
  );
}

/** What expires in `50` is over with the earliest pre-release of it, as in Firefox. */
function firstBuildOf(version: string): string {
  if (/^[1-9]\d*$/u.test(version)) return `${version}.0a1`;
  return /^[1-9]\d*\.0$/u.test(version) ? `${version}a1` : version;
}

/** What is recorded. @param isExtended - whether the person has switched the extended set on; no channel does it for them */
export function dataSetsOf(isExtended: boolean): readonly DataSet[] {
  return isExtended ? ["base", "extended"] : ["base"];
}
