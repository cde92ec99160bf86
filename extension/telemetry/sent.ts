import * as v from "valibot";
import type { ToldEvent } from "#core/told.ts";
import type { Store } from "#core/ports.ts";
import { noEnrollmentIdMarker, normandyCategory } from "#telemetry/events.ts";
import { archived } from "./archive.ts";
import { wireEvent } from "./stored-event.ts";

const sentKey = "sent";
/** Of what was sent, this many events are kept for the person to read; beyond, the oldest go first. */
export const sentLimit = 500;

const eventPing = v.object({
  type: v.literal("event"),
  payload: v.object({ events: v.object({ parent: v.array(wireEvent) }) }),
});
const kept = v.array(
  v.object({
    method: v.string(),
    object: v.string(),
    slug: v.string(),
    extra: v.record(v.string(), v.string()),
    sentMs: v.number(),
  }),
);

/**
 * What has to be stored once the server has taken a ping, so that the person can read it, and what it
 * told of the changes in this browser.
 *
 * @param json - the ping, as it was sent
 */
export async function noteSent(
  json: string,
  store: Store,
  nowMs: number,
): Promise<Readonly<Record<string, unknown>>> {
  const kept = await archived(json, store, nowMs);
  const events = eventsOf(json, nowMs);
  if (events.length === 0) return kept;
  return { ...kept, [sentKey]: [...(await readSent(store)), ...events].slice(-sentLimit) };
}

/** The same with every enrollment ID wiped, as has to be stored once telemetry is off. */
export async function withoutIds(store: Store): Promise<Readonly<Record<string, unknown>>> {
  const sent = await readSent(store);
  if (sent.length === 0) return {};
  return {
    [sentKey]: sent.map(({ extra, ...event }) => ({
      ...event,
      extra: "enrollmentId" in extra ? { ...extra, enrollmentId: noEnrollmentIdMarker } : extra,
    })),
  };
}

/** Events about changes in the order in which they were sent. */
export async function readSent(store: Store): Promise<readonly ToldEvent[]> {
  const parsed = v.safeParse(kept, await store.get(sentKey));
  return parsed.success ? parsed.output : [];
}

/** Events about changes in a ping. @param sentMs - `null`: it was not sent yet */
export function eventsOf(json: string, sentMs: number | null): readonly ToldEvent[] {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), eventPing), json);
  return parsed.success ? aboutChanges(parsed.output.payload.events.parent, sentMs) : [];
}

/** Of some events those about changes. */
export function aboutChanges(
  events: readonly v.InferOutput<typeof wireEvent>[],
  sentMs: number | null,
): readonly ToldEvent[] {
  return events
    .filter(([, category]) => category === normandyCategory)
    .map(([, , method, object, slug, extra]) => ({
      method,
      object,
      slug: slug ?? "",
      extra: extra ?? {},
      sentMs,
    }));
}
