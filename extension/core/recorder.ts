import type { NormandyEvent } from "#telemetry/events.ts";
import type { Meter } from "#telemetry/metrics.ts";
import type { DataSet } from "#telemetry/probe.ts";
import type { UptakeSource, UptakeStatus } from "#telemetry/uptake.ts";

/** Measures nothing. */
export const noMeter: Meter = {
  sample: () => undefined,
  sampleKeyed: () => undefined,
  add: () => undefined,
};

/** Where the core tells what happened; `extension/telemetry/recorder.ts` keeps it until it is sent. */
export interface Recorder {
  event(event: NormandyEvent): void;
  /** @param reason - a richer cause than the status, in the words of a closed list */
  uptake(source: UptakeSource, status: UptakeStatus, reason?: string): void;
  /** @param modifiedSeconds - when the recipe's revision was made, in seconds since 1970 */
  freshness(recipeId: number, modifiedSeconds: number): void;
  readonly meter: Meter;
  /** Has these measured from now on, and what was measured of others and is in no ping forgotten. */
  measureOnly(dataSets: readonly DataSet[]): void;
  /** Resolves once all of the above survives a kill. */
  save(): Promise<void>;
}
