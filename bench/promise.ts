/** One line of a result: what we do, beside what others do in the same run. */
export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
  /** `theirs / ours`: above 1 we are faster, smaller, better. */
  readonly ratio: number;
  readonly unit: string;
}

/** What one file of `bench/` found out. */
export interface PromiseResult {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Why the promise is broken; absent while it holds. */
  readonly broken?: string;
  /** What this machine could not measure, and why; it counts neither way. */
  readonly notMeasured?: string;
}

/** A file of `bench/` that `npm run bench` runs. */
export interface PromiseModule {
  run(): Promise<PromiseResult>;
}

/** A row with its ratio worked out. */
export function row(what: string, ours: number, theirs: number, unit: string): Row {
  return { what, ours, theirs, ratio: theirs / ours, unit };
}
