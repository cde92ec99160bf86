import type { HeartbeatBook } from "#core/heartbeat.ts";
import type { Ports } from "#core/ports.ts";
import { clearArchive } from "./archive.ts";
import { assembleDeletionRequest } from "./assemble.ts";
import { healthKey } from "./health.ts";
import { clientKey, readClientId } from "./identity.ts";
import { Outbox } from "./outbox.ts";
import type { StoredRecorder } from "./recorder.ts";
import { withoutIds } from "./sent.ts";
import { studyPingsKey } from "./study-ping.ts";

/**
 * Telemetry is off: drops what waits, what is kept of what was sent, what was recorded, and every
 * identifier. A client that had an id asks to be forgotten by the ping that takes the id's place, in one
 * write: a kill leaves either of them. Nothing is sent here.
 *
 * @returns whether there is a new ping to send
 */
export async function forget(
  recorder: StoredRecorder,
  heartbeats: HeartbeatBook,
  ports: Pick<Ports, "clock" | "facts" | "random" | "store">,
): Promise<boolean> {
  const { store, clock, facts, random } = ports;
  const clientId = await readClientId(ports);
  const nowMs = clock.nowMs();
  const last =
    clientId === undefined
      ? undefined
      : assembleDeletionRequest(await facts.application(), clientId, random.uuid(), nowMs);
  const outbox = await Outbox.open(store);
  // The next ping, if ever there is one, must not be known as this client's.
  await outbox.close(last, nowMs, { [clientKey]: "", [healthKey]: null, [studyPingsKey]: null });
  await clearArchive(store);
  recorder.renewSession(random);
  const taken = recorder.recording;
  heartbeats.forget();
  await store.set({
    ...recorder.writtenWithout(taken),
    ...heartbeats.without(),
    ...(await withoutIds(store)),
  });
  recorder.forget(taken);
  await store.remove([clientKey, healthKey, studyPingsKey]);
  return last !== undefined;
}
