import { pingLimits } from "#telemetry/pings.ts";

/** Bounds of ingestion; every buffer, queue and table has one. */
export interface IngestLimits {
  /** Body as sent, in bytes. */
  readonly rawBytes: number;
  /** Body after gunzip, in bytes. */
  readonly decodedBytes: number;
  readonly jsonDepth: number;
  readonly jsonKeys: number;
  /** Path and query, in characters. */
  readonly uriChars: number;
  /** Name and value of one header, in characters. */
  readonly headerChars: number;
  /** Bodies held in memory at once, in bytes; beyond it a submission is answered 503. */
  readonly queuedBytes: number;
  /** Submissions being received or made durable at once; beyond it 503. */
  readonly queuedRequests: number;
  /** Durable and not decoded yet, in bytes and to a segment's precision; beyond it 503. */
  readonly undecodedBytes: number;
  /** Written with one `fdatasync` at most, in bytes. */
  readonly batchBytes: number;
  /** Size after which a new segment is begun, in bytes. */
  readonly segmentBytes: number;
  /** Left free on the disk for everything else, in bytes; below it a submission is answered 507. */
  readonly reserveBytes: number;
  /** Rows that the error log keeps; the counts go on. */
  readonly keptErrors: number;
  /** `Retry-After` of 503 and 507. */
  readonly retryAfterSeconds: number;
}

const MiB = 1024 * 1024;

export const defaultIngestLimits: IngestLimits = {
  ...pingLimits,
  uriChars: 1_024,
  headerChars: 1_024,
  queuedBytes: 32 * MiB,
  queuedRequests: 10_000,
  undecodedBytes: 1024 * MiB,
  batchBytes: 4 * MiB,
  segmentBytes: 64 * MiB,
  reserveBytes: 64 * MiB,
  keptErrors: 10_000,
  retryAfterSeconds: 60,
};
