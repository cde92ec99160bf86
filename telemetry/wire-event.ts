import { type ExtraField, extraFields, type ExtraKey, fitsExtra } from "./event-fields.ts";
import {
  eventLimits,
  normandyCategory,
  type NormandyEvent,
  uptakeCategory,
  uptakeEvent,
  type WireEvent,
} from "./events.ts";
import { cutToBytes } from "./text.ts";
import type { UptakeSource, UptakeStatus } from "./uptake.ts";

/**
 * Makes the wire form of an event. Value and extras are cut to 80 bytes on a character boundary; a
 * reason that is not a code is sent as `unknown`, so that no error's message leaves the browser.
 *
 * @param timestampMs - since the session began
 */
export function normandyWireEvent(event: NormandyEvent, timestampMs: number): WireEvent {
  return [
    wholeMs(timestampMs),
    normandyCategory,
    event.method,
    event.object,
    cutToBytes(event.value, eventLimits.valueBytes),
    fitted(event.extra),
  ];
}

/**
 * Makes the wire form of one uptake status.
 *
 * @param reason - a richer cause beside the status, a code; `undefined` for none
 * @param timestampMs - since the session began
 */
export function uptakeWireEvent(
  source: UptakeSource,
  status: UptakeStatus,
  reason: string | undefined,
  timestampMs: number,
): WireEvent {
  return [
    wholeMs(timestampMs),
    uptakeCategory,
    uptakeEvent.method,
    uptakeEvent.object,
    status,
    fitted(reason === undefined ? { source } : { source, reason }),
  ];
}

function wholeMs(timestampMs: number): number {
  return Math.max(0, Math.floor(timestampMs));
}

function fitted(extra: { readonly [K in ExtraKey]?: string }): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const key of Object.keys(extra) as ExtraKey[]) {
    const value = cutToBytes(extra[key] ?? "", eventLimits.extraValueBytes);
    const { otherwise }: ExtraField = extraFields[key];
    if (extra[key] !== undefined && fitsExtra(key, value)) result[key] = value;
    else if (extra[key] !== undefined && otherwise !== undefined) result[key] = otherwise;
  }
  return result;
}
