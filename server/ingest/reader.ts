import { setImmediate as nextTurn } from "node:timers/promises";
import * as v from "valibot";
import type { WireEvent } from "#telemetry/events.ts";
import type { Ping } from "#telemetry/pings.ts";
import { decodePing, type DecodeLimits } from "./decode.ts";
import { IngestError, systemCode, type Report } from "./errors.ts";
import { defaultIngestLimits } from "./limits.ts";
import { type Normal, normalize } from "./normalize.ts";
import { openIndexForReading } from "./index-reading.ts";
import { openSegment, segmentsFolder, type SegmentReader } from "./segment.ts";

/** An accepted ping, as its client sent it. */
export interface StoredPing {
  /** Place in the order of receipt; never reused. */
  readonly seq: number;
  /** ISO 8601, by the server's clock. */
  readonly receivedAt: string;
  readonly normalized: Normal;
  readonly ping: Ping;
}

/** One event of an accepted `event` ping. */
export interface StoredEvent {
  /** ISO 8601, by the server's clock. */
  readonly receivedAt: string;
  /** As received: milliseconds since the client's session began. */
  readonly timestamp: number;
  readonly category: string;
  readonly method: string;
  readonly object: string;
  readonly value: string | null;
  readonly extra: Readonly<Record<string, string>> | null;
}

export interface PingFilter {
  readonly type?: string | undefined;
  /** ISO 8601: received at or after. */
  readonly since?: string | undefined;
  /** ISO 8601: received before. */
  readonly until?: string | undefined;
  /** Only what was received after the ping with this `seq`. */
  readonly afterSeq?: number | undefined;
  /** Asked before a ping is decoded, which costs more than everything else; ids are in lower case. */
  readonly wants?: ((docId: string) => boolean) | undefined;
}

export interface EventFilter {
  /** Of category `normandy`, about this slug. */
  readonly slug?: string | undefined;
  /** ISO 8601: received at or after. */
  readonly since?: string | undefined;
}

const RowsShape = v.array(
  v.object({ seq: v.number(), docId: v.string(), segment: v.number(), offset: v.number() }),
);
const pageRows = 256;
/** Pings that are decoded in one turn of the event loop: each may take some milliseconds. */
const turnRows = 4;

/**
 * Walks the accepted pings in order of receipt, reading the data folder only: also from another
 * process, and while a server writes. Each page is a read of its own, so nothing is held up.
 * A ping whose bytes were damaged since is reported and left out.
 *
 * @throws IngestError `ingest/bad-filter` when `since` or `until` is not a date
 */
export async function* readPings(
  dataDir: string,
  filter: PingFilter = {},
  report: Report = () => undefined,
  limits: DecodeLimits = defaultIngestLimits,
): AsyncGenerator<StoredPing> {
  const sinceMs = parseMoment("since", filter.since) ?? 0;
  const untilMs = parseMoment("until", filter.until) ?? Number.MAX_SAFE_INTEGER;
  const db = openIndexForReading(dataDir);
  if (db === undefined) return;
  let reader: SegmentReader | undefined;
  try {
    const select = db.prepare(
      `SELECT seq, doc_id AS docId, segment, offset FROM pings
       WHERE seq > ? AND received_at >= ? AND received_at < ? AND (?4 IS NULL OR type = ?4)
       ORDER BY seq LIMIT ${pageRows}`,
    );
    let after = filter.afterSeq ?? 0;
    for (;;) {
      const rows = v.parse(RowsShape, select.all(after, sinceMs, untilMs, filter.type ?? null));
      for (const [index, { seq, docId, segment, offset }] of rows.entries()) {
        if (index % turnRows === 0) await nextTurn();
        after = seq;
        if (filter.wants?.(docId) === false) continue;
        reader = reader?.number === segment ? reader : reopen(segment, reader);
        const stored = reader && decodeAt(reader, offset, limits);
        if (stored !== undefined) yield { seq, ...stored };
        else
          report({
            code: "ingest/ping-unreadable",
            // Not by its id: this goes to the log.
            message: `segment ${segment}, offset ${offset}: a ping cannot be read`,
          });
      }
      if (rows.length < pageRows) return;
    }
  } finally {
    reader?.close();
    db.close();
  }

  function reopen(segment: number, last: SegmentReader | undefined): SegmentReader | undefined {
    last?.close();
    try {
      return openSegment(segmentsFolder(dataDir), segment);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

/** The events of accepted pings, oldest receipt first, within one ping by their own time. */
export async function* readEvents(
  dataDir: string,
  filter: EventFilter = {},
  report?: Report,
  limits?: DecodeLimits,
): AsyncGenerator<StoredEvent> {
  for await (const { receivedAt, ping } of readPings(
    dataDir,
    { type: "event", since: filter.since },
    report,
    limits,
  ))
    yield* eventsOf(ping, receivedAt, filter);
}

/** The events of one ping that a filter lets through; pings of other types have none. */
export function eventsOf(
  ping: Ping,
  receivedAt: string,
  { slug }: Pick<EventFilter, "slug"> = {},
): readonly StoredEvent[] {
  if (ping.type !== "event") return [];
  return Object.values(ping.payload.events)
    .flat()
    .sort((a, b) => a[0] - b[0])
    .map((event) => storedEvent(event, receivedAt))
    .filter(
      ({ category, value }) => slug === undefined || (category === "normandy" && value === slug),
    );
}

function storedEvent(
  [timestamp, category, method, object, value, extra]: WireEvent,
  receivedAt: string,
): StoredEvent {
  return { receivedAt, timestamp, category, method, object, value, extra };
}

function decodeAt(
  reader: SegmentReader,
  offset: number,
  limits: DecodeLimits,
): Omit<StoredPing, "seq"> | undefined {
  const step = reader.step(offset, reader.size());
  if (step.kind !== "record") return undefined;
  const ping = decodePing(step.header, step.body, limits);
  if (!ping.ok) return undefined;
  return {
    receivedAt: new Date(step.header.receivedAtMs).toISOString(),
    normalized: normalize(ping.value, step.header.country),
    ping: ping.value,
  };
}

function parseMoment(name: "since" | "until", text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new IngestError("ingest/bad-filter", `${name} is not an ISO 8601 date`);
  return ms;
}
