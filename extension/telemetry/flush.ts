import type { HeartbeatBook } from "#core/heartbeat.ts";
import type { EnrollmentBook } from "#core/book.ts";
import type { Ports, Settings } from "#core/ports.ts";
import type { EventPingReason, Ping } from "#telemetry/pings.ts";
import { clearArchive } from "./archive.ts";
import {
  assembleEventPing,
  assembleHeartbeatPing,
  assembleMainPing,
  lookAround,
  sceneOf,
} from "./assemble.ts";
import { zoneMinutesAt } from "./local-time.ts";
import { Outbox } from "./outbox.ts";
import type { StoredRecorder } from "./recorder.ts";
import { withoutIds } from "./sent.ts";
import { upload, type UploadReport } from "./upload.ts";

/** Where the client id is stored; there is none before the first ping. */
export const clientKey = "client_id";

const nothing = { events: [], lost: 0, freshness: {} } as const;

/** What is told beside events: surveys that are over, and what runs. */
interface Books {
  readonly book: Pick<EnrollmentBook, "all">;
  readonly heartbeats: HeartbeatBook;
}

/**
 * Makes pings of what was recorded, of parts of sessions and of a survey that are over, where there is
 * anything, and sends what waits. With telemetry off nothing is made and nothing is kept.
 */
export async function flush(
  recorder: StoredRecorder,
  books: Books,
  settings: Settings,
  reason: EventPingReason,
  ports: Ports,
): Promise<UploadReport> {
  const { heartbeats } = books;
  const outbox = await Outbox.open(ports.store);
  if (!settings.telemetryEnabled) {
    await outbox.clear();
    await clearArchive(ports.store);
    recorder.renewSession(ports.random);
    const taken = recorder.recording;
    heartbeats.forget();
    await ports.store.set({
      ...recorder.writtenWithout(taken),
      ...heartbeats.without(),
      ...(await withoutIds(ports.store)),
    });
    recorder.forget(taken);
    // The next ping, if ever there is one, must not be known as this client's.
    await ports.store.remove([clientKey]);
    return { sent: 0, refused: 0, waiting: 0 };
  }
  await collect(recorder, books, settings.devMode, reason, outbox, ports);
  if (settings.serverUrl === undefined)
    return { sent: 0, refused: 0, waiting: outbox.waiting().length };
  return upload(outbox, settings.serverUrl, ports, settings.devMode);
}

async function collect(
  recorder: StoredRecorder,
  { book, heartbeats }: Books,
  isTesting: boolean,
  reason: EventPingReason,
  outbox: Outbox,
  ports: Ports,
): Promise<void> {
  const taken = recorder.recording;
  const { over } = heartbeats;
  const isQuiet = taken.events.length === 0 && Object.keys(taken.freshness).length === 0;
  if (isQuiet && over === undefined && taken.over.length === 0) return;
  const seen = await lookAround(book, ports.facts);
  recorder.see(sceneOf(seen));
  const about = { ...seen, clientId: await readClientId(ports) };
  const nowMs = ports.clock.nowMs();
  // Out of where it was kept and into the outbox in one write: a kill leaves it in exactly one of them.
  const add = async (ping: Ping, together: Readonly<Record<string, unknown>>): Promise<void> => {
    const dropped = await outbox.add(ping, nowMs, together);
    if (dropped.length > 0)
      ports.log.write("warn", "the outbox was full", { dropped: dropped.length });
  };
  for (const ended of taken.over) {
    const zoneMinutes = zoneMinutesAt(ended.endMs);
    const ping = assembleMainPing(ended, about, ports.random.uuid(), zoneMinutes);
    const part = { ...nothing, over: [ended] };
    await add(ping, recorder.writtenWithout(part));
    recorder.forget(part);
  }
  if (over !== undefined) {
    const ping = assembleHeartbeatPing(over, about, isTesting, ports.random.uuid(), nowMs);
    await add(ping, heartbeats.without());
    heartbeats.forget();
  }
  if (isQuiet) return;
  const ping = assembleEventPing(taken, about, reason, ports.random.uuid(), nowMs);
  await add(ping, recorder.writtenWithout(taken));
  recorder.forget(taken);
}

async function readClientId({ store, random }: Pick<Ports, "store" | "random">): Promise<string> {
  const stored = await store.get(clientKey);
  if (typeof stored === "string" && stored !== "") return stored;
  const made = random.uuid();
  await store.set({ [clientKey]: made });
  return made;
}
