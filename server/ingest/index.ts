import { join } from "node:path";
import type { Clock } from "#core/ports.ts";
import { makeDecoder, reconcile, type AcceptedPing } from "./decoder.ts";
import { IngestError, type Report } from "./errors.ts";
import { type Metrics, noMetrics } from "../observe/metrics.ts";
import { holdAlone } from "../store/exclusive.ts";
import { makePrivateFolder } from "../store/private-files.ts";
import { sweep } from "../store/sweep.ts";
import { nodeFiles, type Files } from "./files.ts";
import { openForgotten } from "./forgotten.ts";
import { type Deletions, makeDeletions } from "./deletions.ts";
import { type Expiry, makeExpiry } from "./expiry.ts";
import { makeJudge } from "./judge.ts";
import { defaultIngestLimits, type IngestLimits } from "./limits.ts";
import type { StoredError } from "./index-rows.ts";
import { indexPath, openPingIndex } from "./ping-index.ts";
import {
  eventsOf,
  readEvents,
  readPings,
  type EventFilter,
  type PingFilter,
  type StoredEvent,
  type StoredPing,
} from "./reader.ts";
import { replayErrors, type Replayed } from "./replay.ts";
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
  counts(): IngestCounts;
  damage(): IngestDamage;
  queues(): IngestQueues;
  /** The newest `limit` pings that were not accepted, oldest first. */
  errors(limit?: number): readonly StoredError[];
  /** Judges again what was refused, only with `code` where one is given; see `replay.ts`. */
  replay(code?: string): Promise<Replayed>;
  /** What is asked for by pings of type `deletion-request`. */
  readonly deletions: Deletions;
  readonly expire: Expiry["expire"];
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
}): Promise<Ingest> {
  const { dataDir, mode, clock, report = () => undefined, files = nodeFiles } = options;
  const { metrics = noMetrics } = options;
  const limits = { ...defaultIngestLimits, ...options.limits };
  const folder = segmentsFolder(dataDir);
  makePrivateFolder(join(dataDir, "ingest"));
  await files.makeFolder(folder);
  const lockFile = join(dataDir, "ingest", "writer.lock");
  const unlock = holdAlone(
    lockFile,
    (cause) => new IngestError("ingest/locked", `another process writes to ${lockFile}`, { cause }),
  );
  try {
    await sweep(folder);
    const index = openPingIndex(indexPath(dataDir), limits.keptErrors);
    reconcile(folder, index, report);
    const listeners = new Set<(event: StoredEvent) => void>();
    const log = await openSegmentLog({
      folder,
      files,
      limits,
      decodedTo: index.state().position,
      onDurable: () => {
        decoder.wake();
      },
      report,
    });
    const forgotten = openForgotten(dataDir);
    const judge = makeJudge({ index, forgotten, limits, report });
    const decoder = makeDecoder({
      folder,
      index,
      judge,
      forgotten,
      clock,
      durable: log.durable,
      // A development server's answers wait for the decoder.
      isBusy: () => mode === "production" && edge.underWay() > 0,
      onAccepted: (pings) => {
        tell(listeners, pings, report);
      },
      report,
      metrics,
    });
    const edge = makeEdge({
      log,
      ...(mode === "development" ? { decoder } : {}),
      clock,
      limits,
      report,
      metrics,
    });
    decoder.wake();

    let closing: Promise<void> | undefined;
    return {
      submit: edge.submit,
      events: (filter) => readEvents(dataDir, filter, report, limits),
      pings: (filter) => readPings(dataDir, filter, report, limits),
      onEvent(listener) {
        listeners.add(listener);
        return () => {
          listeners.delete(listener);
        };
      },
      counts() {
        const { received, accepted, duplicate, error } = decoder.state();
        return { received, accepted, duplicate, error };
      },
      damage() {
        const { damagedRegions, damagedBytes } = decoder.state();
        return { regions: damagedRegions, bytes: damagedBytes };
      },
      queues: () => ({
        underWay: edge.underWay(),
        undecodedBytes: bytesBetween(folder, decoder.state().position, log.durable()),
      }),
      errors: (limit = 100) => index.errors(limit),
      async replay(code) {
        await decoder.settled();
        return replayErrors({ folder, index, judge, forgotten, amend: decoder.amend, code });
      },
      deletions: makeDeletions({ folder, index, log, decoder, limits }),
      ...makeExpiry({ folder, index, log, decoder }),
      settled: decoder.settled,
      close() {
        closing ??= (async () => {
          await edge.close();
          await log.close();
          await decoder.stop();
          index.close();
          forgotten.close();
          unlock();
        })();
        return closing;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A listener that throws is its own owner's fault: the others and the decoder go on. */
function tell(
  listeners: ReadonlySet<(event: StoredEvent) => void>,
  pings: readonly AcceptedPing[],
  report: Report,
): void {
  if (listeners.size === 0) return;
  for (const { receivedAtMs, ping } of pings) {
    for (const event of eventsOf(ping, new Date(receivedAtMs).toISOString())) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (cause) {
          report({ code: "ingest/listener-failed", message: "a live view failed", cause });
        }
      }
    }
  }
}
