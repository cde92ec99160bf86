import * as v from "valibot";
import { telemetrySwitches, type TelemetryView } from "#core/telemetry-view.ts";

const view = v.object({
  isOn: v.boolean(),
  isExtended: v.boolean(),
  administered: v.array(v.picklist(telemetrySwitches)),
  server: v.nullable(v.string()),
  clientId: v.nullable(v.string()),
  pings: v.array(
    v.object({
      id: v.string(),
      type: v.string(),
      createdMs: v.number(),
      sentMs: v.nullable(v.number()),
    }),
  ),
  shown: v.nullable(
    v.object({
      what: v.string(),
      json: v.string(),
      parts: v.nullable(v.object({ found: v.number(), of: v.number() })),
    }),
  ),
});

/** @returns `undefined` when the answer is no view of the Telemetry page */
export function readTelemetry(answer: unknown): TelemetryView | undefined {
  const parsed = v.safeParse(view, answer);
  return parsed.success ? parsed.output : undefined;
}
