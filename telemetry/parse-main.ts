import * as v from "valibot";
import { applicationFields, datePattern, uuidPattern } from "./fields.ts";
import { type HistogramSnapshot, restoredFrom } from "./histogram.ts";
import { metrics } from "./metrics.ts";
import { scalarHeld } from "./parse-scalar.ts";
import { mainPingReasons } from "./pings.ts";
import type { HistogramProbe, ScalarProbe } from "./probe.ts";
import { fitsKey } from "./scalar.ts";
import { sendFailure } from "./send-failures.ts";
import { isStudyProbe, studyProbes } from "./study-probes.ts";

// The payload of the `main` ping, read off the tables of probes: what they do not name is refused.

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const uuid = v.pipe(v.string(), v.regex(uuidPattern));
const position = v.pipe(count, v.minValue(1));
const dayMinutes = 24 * 60;
/** To the hour: a finer moment would recognise a browser. */
const hour = v.pipe(v.string(), v.regex(datePattern), v.regex(/T\d{2}:00:00\.0[+-]/u));

const info = v.strictObject({
  reason: v.picklist(mainPingReasons),
  timezoneOffset: v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(-dayMinutes),
    v.maxValue(dayMinutes),
  ),
  previousBuildId: v.nullable(v.pipe(v.string(), v.regex(applicationFields.buildId.pattern))),
  sessionId: uuid,
  subsessionId: uuid,
  previousSessionId: v.nullable(uuid),
  previousSubsessionId: v.nullable(uuid),
  subsessionCounter: position,
  profileSubsessionCounter: position,
  sessionStartDate: hour,
  subsessionStartDate: hour,
  sessionLength: count,
  subsessionLength: count,
});

const snapshot = v.strictObject({
  bucket_count: count,
  histogram_type: count,
  sum: count,
  range: v.strictTuple([count, count]),
  values: v.record(v.string(), count),
});

/** A histogram in the buckets of its probe. */
const histogramOf = (probe: HistogramProbe): v.GenericSchema<unknown, HistogramSnapshot> =>
  v.pipe(
    snapshot,
    v.check((found) => restoredFrom(probe, found) !== undefined),
  );

/** An object that may have a member for each of these probes, and none else. */
function membersOf<P, S>(
  probes: Readonly<Record<string, P>>,
  isOne: (probe: P) => boolean,
  schemaOf: (probe: P) => v.GenericSchema<unknown, S>,
): v.GenericSchema<unknown, Readonly<Record<string, S>>> {
  const members = Object.entries(probes).filter(([, probe]) => isOne(probe));
  return v.pipe(
    v.strictObject(
      Object.fromEntries(members.map(([name, probe]) => [name, v.exactOptional(schemaOf(probe))])),
    ),
    v.transform(present),
  );
}

/** The type of an object whose members may be missing says that they may be `undefined`. */
function present<S>(members: Readonly<Record<string, S | undefined>>): Readonly<Record<string, S>> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) =>
      member === undefined ? [] : [[name, member]],
    ),
  );
}

const histograms: Readonly<Record<string, HistogramProbe>> = metrics.histograms;
const ownScalars: Readonly<Record<string, ScalarProbe>> = Object.fromEntries(
  Object.entries(metrics.scalars).filter(([name]) => !isStudyProbe(name)),
);

/** What one process may hold. */
function processOf(scalars: Readonly<Record<string, ScalarProbe>>) {
  return v.strictObject({
    scalars: membersOf(scalars, ({ keyPattern }) => keyPattern === undefined, scalarHeld),
    keyedScalars: membersOf(
      scalars,
      ({ keyPattern }) => keyPattern !== undefined,
      (probe) =>
        v.record(
          v.pipe(
            v.string(),
            v.check((key) => fitsKey(probe, key)),
          ),
          scalarHeld(probe),
        ),
    ),
  });
}

export const mainPayload = v.strictObject({
  ver: v.literal(4),
  info,
  histograms: membersOf(histograms, ({ keys }) => keys === undefined, histogramOf),
  keyedHistograms: membersOf(
    histograms,
    ({ keys }) => keys !== undefined,
    (probe) =>
      membersOf(
        Object.fromEntries((probe.keys ?? []).map((key) => [key, probe])),
        () => true,
        histogramOf,
      ),
  ),
  processes: v.strictObject({
    parent: processOf(ownScalars),
    dynamic: v.exactOptional(processOf(studyProbes)),
  }),
  log: v.exactOptional(v.array(sendFailure)),
});
