import type { ScalarProbe } from "./probe.ts";

// What was recorded and could not be kept as it came. Nothing is thrown at whoever records: it is
// counted here, by the name of the probe.

const counts = (doc: string) =>
  ({
    kind: "uint",
    keyPattern: /^[A-Za-z][A-Za-z0-9_.]{0,71}$/u,
    doc,
    issues: [5],
    owner: "telemetry@mulberry.example",
    expires: "never",
    dataSet: "base",
    products: ["firefox", "chromium"],
  }) as const;

/** The first four are named as Firefox names them. */
export const limitScalars = {
  "telemetry.accumulate_clamped_values": counts(
    "Samples that were counted as the least or the largest that there is, by histogram.",
  ),
  "telemetry.accumulate_unknown_histogram_keys": counts(
    "Samples under a key that is not declared, which were dropped, by histogram.",
  ),
  "telemetry.keyed_scalars_exceed_limit": counts(
    "Values under one key more than a scalar has room for, which were dropped, by scalar.",
  ),
  "telemetry.keyed_scalars_unknown_keys": counts(
    "Values under a key that is too long or of another form, which were dropped, by scalar.",
  ),
  "telemetry.accumulate_refused_samples": counts(
    "Samples that are none of their kind, which were dropped, by histogram.",
  ),
  "telemetry.scalar_refused_values": counts(
    "Values that are negative or none of their kind, which were dropped, by scalar.",
  ),
  "telemetry.scalar_cut_values": counts(
    "Texts that were cut and numbers that were lowered to what a scalar holds, by scalar.",
  ),
} as const satisfies Readonly<Record<`telemetry.${string}`, ScalarProbe>>;
export type LimitScalar = keyof typeof limitScalars;
