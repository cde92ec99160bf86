import type { Meter } from "#telemetry/metrics.ts";

/** How the browser is used, in numbers alone: all that a probe can look at. */
export interface Usage {
  /** Tabs in windows that are not private. */
  openTabs(): Promise<number>;
  /** Windows that are not private. */
  openWindows(): Promise<number>;
  /** Whether somebody has used the computer in the last so many seconds. */
  isActive(seconds: number): Promise<boolean>;
  /** Memory of the process that extensions run in, in bytes; `undefined` where the browser does not tell. */
  processMemory(): Promise<number | undefined>;
  /**
   * How long pages took to load since the last time that it was asked, in milliseconds, and how many more
   * there were than are kept. None where the browser does not tell, and none the first time.
   */
  pageLoads(): Promise<{ readonly durationsMs: readonly number[]; readonly lost: number }>;
}

/** Something that is looked at every `measureEveryMs`. */
export interface Probe {
  readonly name: string;
  /** All that it records is of the extended data set: elsewhere nobody looks. */
  readonly isExtended?: true;
  look(usage: Usage, meter: Meter): Promise<void>;
}

/** In milliseconds. */
export const measureEveryMs = 5 * 60_000;
