import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import type { Position } from "./segment.ts";

// What stands in the index, as it is read: by the server that writes it, and by commands beside it.

const StateShape = v.object({
  marker: v.instance(Uint8Array),
  segment: v.number(),
  offset: v.number(),
  received: v.number(),
  accepted: v.number(),
  duplicate: v.number(),
  error: v.number(),
  damaged_regions: v.number(),
  damaged_bytes: v.number(),
  expired_to: v.number(),
  expired_records: v.number(),
  expired_pings: v.number(),
});

const ErrorRowShape = v.object({
  seq: v.number(),
  received_at: v.nullable(v.number()),
  doc_id: v.nullable(v.string()),
  doc_type: v.nullable(v.string()),
  code: v.string(),
  at: v.string(),
  segment: v.number(),
  offset: v.number(),
});

/** How far the segments were read, and what was found. `received = accepted + duplicate + error`. */
export interface IndexState {
  /** Marker of the segment that `position` is in: tells a log that was replaced from one that grew. */
  readonly marker: Uint8Array;
  readonly position: Position;
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly error: number;
  readonly damagedRegions: number;
  readonly damagedBytes: number;
  /** Segments up to this number were taken away because all in them was older than it is kept. */
  readonly expiredTo: number;
  /** Records in those segments. */
  readonly expiredRecords: number;
  /** Accepted pings that are not kept any more. */
  readonly expiredPings: number;
}

export const emptyState: IndexState = {
  marker: new Uint8Array(0),
  position: { segment: 0, offset: 0 },
  received: 0,
  accepted: 0,
  duplicate: 0,
  error: 0,
  damagedRegions: 0,
  damagedBytes: 0,
  expiredTo: 0,
  expiredRecords: 0,
  expiredPings: 0,
};

/** One line of the error log; the body it is about stays in its segment. */
export interface StoredError {
  /** Place in the log; never reused. */
  readonly seq: number;
  readonly receivedAt: string | null;
  readonly docId: string | null;
  readonly docType: string | null;
  readonly code: string;
  readonly at: string;
  readonly segment: number;
  readonly offset: number;
}

/** Which lines of the error log are meant. */
export interface ErrorFilter {
  /** Only what was entered after this line. */
  readonly afterSeq?: number | undefined;
  /** Only refusals with this code. */
  readonly code?: string | undefined;
  /** Received at or after, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
}

/** How far the segments were read, and what was found up to there. */
export function readState(db: DatabaseSync): IndexState {
  const row = db.prepare("SELECT * FROM state").get();
  if (row === undefined) return emptyState;
  const state = v.parse(StateShape, row);
  const { marker, segment, offset, received, accepted, duplicate, error } = state;
  return {
    ...{ marker, received, accepted, duplicate, error },
    position: { segment, offset },
    damagedRegions: state.damaged_regions,
    damagedBytes: state.damaged_bytes,
    expiredTo: state.expired_to,
    expiredRecords: state.expired_records,
    expiredPings: state.expired_pings,
  };
}

/** The first `limit` lines of the error log that fit, oldest first. */
export function readErrors(
  db: DatabaseSync,
  { afterSeq = 0, code, sinceMs = 0 }: ErrorFilter,
  limit: number,
): readonly StoredError[] {
  const select = db.prepare(
    `SELECT * FROM errors
     WHERE seq > ? AND (?2 IS NULL OR code = ?2) AND coalesce(received_at, ?3) >= ?3
     ORDER BY seq LIMIT ?`,
  );
  return v
    .parse(v.array(ErrorRowShape), select.all(afterSeq, code ?? null, sinceMs, limit))
    .map(({ received_at, doc_id, doc_type, ...rest }) => ({
      receivedAt: received_at === null ? null : new Date(received_at).toISOString(),
      docId: doc_id,
      docType: doc_type,
      ...rest,
    }));
}

/** Where a record lies that is to be forgotten, and the id that it came under. */
export interface Place extends Position {
  /** `undefined` for bytes that are no record any more. */
  readonly docId: string | undefined;
}

const PlacesShape = v.array(
  v.object({ doc_id: v.nullable(v.string()), segment: v.number(), offset: v.number() }),
);

export function readPlaces(rows: unknown): readonly Place[] {
  return v
    .parse(PlacesShape, rows)
    .map(({ doc_id, segment, offset }) => ({ docId: doc_id ?? undefined, segment, offset }));
}

/** The accounts once accepted pings were forgotten: as a rebuilt index counts them, for what is left there is no ping. */
export function withoutPings(state: IndexState, pings: number): IndexState {
  return { ...state, accepted: state.accepted - pings, error: state.error + pings };
}
