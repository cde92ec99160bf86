import * as v from "valibot";
import type { Environment } from "#telemetry/environment.ts";
import type { MeasuresSnapshot } from "#telemetry/measures.ts";
import { type Application, type MainPingReason, mainPingReasons } from "#telemetry/pings.ts";
import { type SendFailure, sendFailure } from "#telemetry/send-failures.ts";
import { type Session, sessionShape } from "./session.ts";

/** The browser and its environment, as a ping says them. */
export interface Scene {
  readonly application: Application;
  readonly environment: Environment;
}

/** A part of a session that is over: it becomes one `main` ping. */
export interface Subsession {
  readonly reason: MainPingReason;
  readonly session: Session;
  /** When it ended, or was last heard of, in milliseconds since 1970. */
  readonly endMs: number;
  /** As it was when the part began; `null` where nobody had looked. */
  readonly scene: Scene | null;
  readonly measures: MeasuresSnapshot;
  /** Pings that could not be sent meanwhile, oldest first. */
  readonly log: readonly SendFailure[];
}

const count = v.number();
const text = v.string();
const histogram = v.object({
  bucket_count: count,
  histogram_type: count,
  sum: count,
  range: v.tuple([count, count]),
  values: v.record(text, count),
});
const scalar = v.union([v.number(), v.string(), v.boolean()]);

/** What was measured, as it lies in the store; whether it fits the tables is for them to say. */
export const measuresShape = v.object({
  histograms: v.record(text, histogram),
  keyedHistograms: v.record(text, v.record(text, histogram)),
  scalars: v.record(text, scalar),
  keyedScalars: v.record(text, v.record(text, scalar)),
});

export const sceneShape: v.GenericSchema<unknown, Scene> = v.object({
  application: v.object({
    architecture: text,
    buildId: text,
    name: text,
    version: text,
    displayVersion: text,
    vendor: text,
    platformVersion: text,
    xpcomAbi: text,
    channel: text,
  }),
  environment: v.object({
    settings: v.object({ locale: text, telemetryEnabled: v.boolean() }),
    system: v.object({ os: v.object({ name: text, version: text }) }),
    experiments: v.record(text, v.object({ branch: text, type: text, enrollmentId: text })),
  }),
});

/** What an older version stored has none. */
export const logShape: v.GenericSchema<unknown, readonly SendFailure[]> = v.fallback(
  v.array(sendFailure),
  [],
);

export const subsessionShape: v.GenericSchema<unknown, Subsession> = v.object({
  reason: v.picklist(mainPingReasons),
  session: sessionShape,
  endMs: v.number(),
  scene: v.nullable(sceneShape),
  measures: measuresShape,
  log: logShape,
});
