import * as v from "valibot";
import type { Store } from "#core/ports.ts";
import type { ToldEvent } from "#core/told.ts";
import { Outbox } from "./outbox.ts";
import { recorderKey } from "./recorder.ts";
import { aboutChanges, eventsOf, readSent } from "./sent.ts";
import { wireEvent } from "./stored-event.ts";

const recording = v.object({ events: v.array(wireEvent) });

/** Every event about changes in the order in which it was sent, and after it those that wait to be. */
export async function readTold(store: Store): Promise<readonly ToldEvent[]> {
  const outbox = await Outbox.open(store);
  const waiting = await Promise.all(
    outbox
      .waiting()
      .toReversed()
      .map(async ({ id }) => eventsOf((await outbox.body(id)) ?? "", null)),
  );
  const recorded = v.safeParse(recording, await store.get(recorderKey));
  return [
    ...(await readSent(store)),
    ...waiting.flat(),
    ...(recorded.success ? aboutChanges(recorded.output.events, null) : []),
  ];
}
