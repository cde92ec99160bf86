import { join } from "node:path";
import type { Clock } from "#core/ports.ts";
import { readNewestErrors } from "./accounts.ts";
import { openBackroom } from "./backroom.ts";
import type { AcceptedPing, Found } from "./decoder.ts";
import { IngestError, type Report } from "./errors.ts";
import { type Metrics, noMetrics } from "../observe/metrics.ts";
import { countVerdict } from "../observe/ping-metrics.ts";
import { holdAlone } from "../store/exclusive.ts";
import { makePrivateFolder } from "../store/private-files.ts";
import { sweep } from "../store/sweep.ts";
import { nodeFiles, type Files } from "./files.ts";
import { isExpiryDue, type Expired, type KeptFrom } from "./expiry.ts";
import { makeHonouring, type Honouring } from "./honour.ts";
import { defaultIngestLimits, type IngestLimits } from "./limits.ts";
import type { StoredError } from "./index-rows.ts";
import {
  eventsOf,
  readEvents,
  readPings,
  type EventFilter,
  type PingFilter,
  type StoredEvent,
  type StoredPing,
} from "./reader.ts";
import { openRemoteBackroom, startThread, type StartThread } from "./remote-backroom.ts";
import type { Replayed } from "./replay.ts";
import { bytesBetween, segmentsFolder } from "./segment.ts";
import { openSegmentLog } from "./segment-log.ts";
import { makeEdge, type SubmitAnswer, type SubmitRequest } from "./submit.ts";

export type { EventFilter, PingFilter, StoredError, StoredEvent, StoredPing };
export type { SubmitAnswer, SubmitRequest };

/** `received = accepted + duplicate + error`, over everything that was ever decoded. */
export interface IngestCounts {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly error: number;
}

/** Bytes of records that a disk gave back otherwise than they were written. */
export interface IngestDamage {
  readonly regions: number;
  readonly bytes: number;
}

/** What waits at the moment. */
export interface IngestQueues {
  /** Submissions that are being received or made durable. */
  readonly underWay: number;
  /** What is durable and not decoded yet, in bytes. */
  readonly undecodedBytes: number;
}

/** From bytes on a socket to a durable, de-duplicated, readable store. */
export interface Ingest {
  /** Answers 200 only once the submission survives a power loss. */
  readonly submit: (request: SubmitRequest) => Promise<SubmitAnswer>;
  /** Accepted events, oldest receipt first. */
  events(filter?: EventFilter): AsyncIterable<StoredEvent>;
  /** Accepted pings, oldest receipt first. */
  pings(filter?: PingFilter): AsyncIterable<StoredPing>;
  /**
   * Calls `listener` for each event once its ping is accepted, in order.
   * @returns a function that ends it
   */
  onEvent(listener: (event: StoredEvent) => void): () => void;
  /** The same for each ping. */
  onPing(listener: (ping: AcceptedPing) => void): () => void;
  counts(): IngestCounts;
  damage(): IngestDamage;
  queues(): IngestQueues;
  /** The newest `limit` pings that were not accepted, oldest first. */
  errors(limit?: number): readonly StoredError[];
  /** Judges again what was refused, only with `code` where one is given; see `replay.ts`. */
  replay(code?: string): Promise<Replayed>;
  /** What is asked for by pings of type `deletion-request`. */
  readonly deletions: Honouring;
  /** Forgets what is older than it is kept; see `expiry.ts`. */
  readonly expire: (kept: KeptFrom) => Promise<Expired>;
  /** Resolves once everything that is durable now is decoded and counted. */
  readonly settled: () => Promise<void>;
  /** Answers what was taken, then lets go of the data folder. */
  close(): Promise<void>;
}

/**
 * Opens the ping store of a data folder; repairs what a kill left behind.
 *
 * @param options.mode - `development` decodes and validates a ping before it answers, `production` afterwards
 * @throws IngestError `ingest/locked` while another process has it open for writing
 */
export async function openIngest(options: {
  readonly dataDir: string;
  readonly mode: "development" | "production";
  readonly clock: Pick<Clock, "nowMs" | "delay">;
  readonly limits?: Partial<IngestLimits>;
  readonly report?: Report;
  readonly files?: Files;
  readonly metrics?: Metrics;
  readonly start?: StartThread;
}): Promise<Ingest> {
  const { dataDir, mode, clock, report = () => undefined, files = nodeFiles } = options;
  const { metrics = noMetrics, start = startThread } = options;
  const limits = { ...defaultIngestLimits, ...options.limits };
  const folder = segmentsFolder(dataDir);
  makePrivateFolder(join(dataDir, "ingest"));
  await files.makeFolder(folder);
  const lockFile = join(dataDir, "ingest", "writer.lock");
  const unlock = holdAlone(
    lockFile,
    (cause) => new IngestError("ingest/locked", `another process writes to ${lockFile}`, { cause }),
  );
  // What is opened last is closed first: answers, then the log that they wait for, then what reads it.
  const closers: (() => void | Promise<void>)[] = [unlock];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    await sweep(folder);
    const listeners = new Set<(ping: AcceptedPing) => void>();
    const backroomOptions = {
      ...{ dataDir, limits, report, clock },
      onFound({ verdicts, accepted }: Found) {
        for (const verdict of verdicts) countVerdict(metrics, verdict);
        for (const ping of accepted) for (const listener of listeners) listener(ping);
      },
    };
    // A development server's answers wait for the decoder.
    const here = mode === "development" ? openBackroom(backroomOptions) : undefined;
    const backroom = here ?? (await openRemoteBackroom({ ...backroomOptions, start }));
    closers.push(backroom.close);
    const log = await openSegmentLog({
      ...{ folder, files, limits, report },
      decodedTo: backroom.state().position,
      onDurable: () => {
        backroom.wake(log.durable());
      },
    });
    closers.push(() => log.close());
    // What was there before is not counted: an index that is made anew would keep everything out.
    const { segment: first } = log.durable();
    const edge = makeEdge({
      ...{ log, clock, limits, report, metrics },
      ...(here && { decoder: here }),
      isBehind() {
        const decoded = Math.max(first, backroom.state().position.segment);
        return (log.durable().segment - decoded) * limits.segmentBytes > limits.undecodedBytes;
      },
    });
    closers.push(() => edge.close());
    backroom.wake(log.durable());

    const listen = (listener: (ping: AcceptedPing) => void): (() => void) => {
      listeners.add(listener);
      backroom.listen(true);
      return () => {
        listeners.delete(listener);
        backroom.listen(listeners.size > 0);
      };
    };
    let closing: Promise<void> | undefined;
    return {
      submit: edge.submit,
      events: (filter) => readEvents(dataDir, filter, report, limits),
      pings: (filter) => readPings(dataDir, filter, report, limits),
      onEvent: (listener) => {
        const tell = guarded(listener, report);
        return listen(({ receivedAtMs, ping }) => {
          for (const event of eventsOf(ping, new Date(receivedAtMs).toISOString())) tell(event);
        });
      },
      onPing: (listener) => listen(guarded(listener, report)),
      counts() {
        const { received, accepted, duplicate, error } = backroom.state();
        return { received, accepted, duplicate, error };
      },
      damage() {
        const { damagedRegions, damagedBytes } = backroom.state();
        return { regions: damagedRegions, bytes: damagedBytes };
      },
      queues: () => ({
        underWay: edge.underWay(),
        undecodedBytes: bytesBetween(folder, backroom.state().position, log.durable()),
      }),
      errors: (limit = 100) => readNewestErrors(dataDir, limit),
      replay: backroom.replay,
      deletions: makeHonouring({ backroom, log }),
      expire: async (kept) =>
        isExpiryDue(folder, kept)
          ? await backroom.expire(kept, await log.seal())
          : { pings: 0, segments: 0 },
      settled: backroom.settled,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A listener that throws is its own owner's fault: the others and the decoder go on. */
function guarded<T>(listener: (told: T) => void, report: Report): (told: T) => void {
  return (told) => {
    try {
      listener(told);
    } catch (cause) {
      report({ code: "ingest/listener-failed", message: "a live view failed", cause });
    }
  };
}
