import type { HeartbeatBook } from "#core/heartbeat.ts";
import type { EnrollmentBook } from "#core/book.ts";
import type { Ports, Settings } from "#core/ports.ts";
import type { EventPingReason, Ping } from "#telemetry/pings.ts";
import {
  assembleEventPing,
  assembleHeartbeatPing,
  assembleMainPing,
  lookAround,
  sceneOf,
} from "./assemble.ts";
import { zoneMinutesAt } from "./local-time.ts";
import { forget } from "./forget.ts";
import { tellHealth } from "./health.ts";
import { makeClientId } from "./identity.ts";
import { Outbox } from "./outbox.ts";
import type { StoredRecorder } from "./recorder.ts";
import { type Trouble, upload, type UploadReport } from "./upload.ts";

const nothing = { events: [], lost: 0, freshness: {} } as const;

/** What is told beside events: surveys that are over, and what runs. */
interface Books {
  readonly book: Pick<EnrollmentBook, "all">;
  readonly heartbeats: HeartbeatBook;
}

/**
 * Makes pings of what was recorded, of parts of sessions and of a survey that are over, where there is
 * anything, and sends what waits. With telemetry off nothing is kept, and nothing is sent but the wish to
 * be forgotten.
 */
export async function flush(
  recorder: StoredRecorder,
  books: Books,
  settings: Settings,
  reason: EventPingReason,
  ports: Ports,
): Promise<UploadReport> {
  const { serverUrl, devMode: isEager, telemetryEnabled } = settings;
  if (!telemetryEnabled) await forget(recorder, books.heartbeats, ports);
  const outbox = await Outbox.open(ports.store);
  if (telemetryEnabled) await collect(recorder, books, isEager, reason, outbox, ports);
  if (serverUrl === undefined) return { sent: 0, refused: 0, waiting: outbox.waiting().length };
  if (!telemetryEnabled) return upload(outbox, serverUrl, ports, { isEager });
  const troubles: Trouble[] = [];
  const onTrouble = (trouble: Trouble): void => void troubles.push(trouble);
  const report = await upload(outbox, serverUrl, ports, { isEager, onTrouble });
  await record(troubles, recorder);
  await tellHealth(troubles, outbox, ports);
  return { ...report, waiting: outbox.waiting().length };
}

/** What went wrong in sending is measured like everything else. */
async function record(troubles: readonly Trouble[], recorder: StoredRecorder): Promise<void> {
  for (const trouble of troubles) {
    if (trouble.kind === "too-large") recorder.meter.add("mulberry.pings.too_large", 1);
    else recorder.failure(...trouble.failure);
    if (trouble.kind === "refused") recorder.meter.add("mulberry.pings.refused", 1);
  }
  await recorder.save();
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
  const about = { ...seen, clientId: await makeClientId(ports) };
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
