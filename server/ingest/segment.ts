import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  decodeRecord,
  frameBytes,
  markerBytes,
  recordLength,
  type RecordHeader,
} from "./record.ts";
import { systemCode } from "./errors.ts";

// A segment: "MULBSEG1", 8 random bytes that mark its records, crc32 of both; then record after record.

const magic = Buffer.from("MULBSEG1");
export const segmentHeaderBytes = magic.length + markerBytes + 4;
const windowBytes = 1024 * 1024;

/** A place in the log: a segment by its number, and a byte in it. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** What stands at an offset: a record, bytes that are none up to the next record or the limit, or nothing more. */
export type SegmentStep =
  | {
      readonly kind: "record";
      readonly end: number;
      readonly header: RecordHeader;
      readonly body: Buffer;
    }
  | { readonly kind: "damage"; readonly end: number; readonly isLast: boolean }
  | { readonly kind: "end" };

export interface SegmentReader {
  readonly number: number;
  /** `undefined` where the file does not even hold a header. */
  readonly marker: Buffer | undefined;
  readonly hasSoundHeader: boolean;
  /** Size of the file now, in bytes. */
  size(): number;
  /** @param limit - bytes from there on are not looked at */
  step(offset: number, limit: number): SegmentStep;
  close(): void;
}

export function segmentsFolder(dataDir: string): string {
  return join(dataDir, "ingest", "segments");
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, "0")}.seg`);
}

/** How many bytes lie between two places of the log in a folder. */
export function bytesBetween(folder: string, from: Position, to: Position): number {
  const between = listSegments(folder)
    .filter((number) => number >= from.segment && number < to.segment)
    .map((number) => statSync(segmentPath(folder, number)).size);
  return between.reduce((sum, size) => sum + size, to.offset - from.offset);
}

/** Numbers of the segments in a folder, ascending; none where there is no folder. */
export function listSegments(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => /^(\d{10})\.seg$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

export function encodeSegmentHeader(marker: Uint8Array): Buffer {
  const header = Buffer.concat([magic, marker, Buffer.alloc(4)]);
  header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
  return header;
}

/** Opens a segment for reading; reads nothing ahead of what it is asked for but one window. */
export function openSegment(folder: string, number: number): SegmentReader {
  const fd = openSync(segmentPath(folder, number), "r");
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;

  /** The bytes from `offset` up to `offset + length`, fewer where the file or `limit` ends. */
  function bytes(offset: number, length: number, limit: number): Buffer {
    const end = Math.min(offset + length, limit);
    if (offset < windowAt || end > windowAt + window.length) {
      const next = Buffer.allocUnsafe(
        Math.max(end - offset, Math.min(windowBytes, limit - offset)),
      );
      window = next.subarray(0, readFully(fd, next, offset));
      windowAt = offset;
    }
    return window.subarray(offset - windowAt, Math.max(offset, end) - windowAt);
  }

  function recordAt(offset: number, limit: number): SegmentStep | undefined {
    if (marker === undefined) return undefined;
    const length = recordLength(bytes(offset, frameBytes, limit), marker);
    if (length === undefined || offset + length > limit) return undefined;
    const whole = bytes(offset, length, limit);
    const parts = whole.length === length ? decodeRecord(whole) : undefined;
    return parts === undefined ? undefined : { kind: "record", end: offset + length, ...parts };
  }

  /** Where the next sound record after `offset` begins. */
  function findRecord(offset: number, limit: number): number | undefined {
    if (marker === undefined) return undefined;
    for (let at = offset; at + frameBytes <= limit;) {
      const chunk = bytes(at, windowBytes, limit);
      const found = chunk.indexOf(marker);
      if (found === -1) {
        if (chunk.length < markerBytes) return undefined;
        at += chunk.length - markerBytes + 1;
      } else {
        if (recordAt(at + found, limit) !== undefined) return at + found;
        at += found + 1;
      }
    }
    return undefined;
  }

  const start = bytes(0, segmentHeaderBytes + markerBytes, fstatSync(fd).size);
  const hasSoundHeader =
    start.length >= segmentHeaderBytes &&
    start
      .subarray(0, segmentHeaderBytes)
      .equals(encodeSegmentHeader(start.subarray(magic.length, magic.length + markerBytes)));
  // Where the header is damaged, the first record still begins with the marker.
  const markerAt = hasSoundHeader ? magic.length : segmentHeaderBytes;
  const marker =
    start.length >= markerAt + markerBytes
      ? Buffer.from(start.subarray(markerAt, markerAt + markerBytes))
      : undefined;

  return {
    number,
    marker,
    hasSoundHeader,
    size: () => fstatSync(fd).size,
    step(offset, limit) {
      if (offset >= limit) return { kind: "end" };
      const record = recordAt(offset, limit);
      if (record !== undefined) return record;
      const next = findRecord(offset + 1, limit);
      return { kind: "damage", end: next ?? limit, isLast: next === undefined };
    },
    close: () => {
      closeSync(fd);
    },
  };
}

function readFully(fd: number, into: Buffer, offset: number): number {
  let filled = 0;
  while (filled < into.length) {
    const read = readSync(fd, into, filled, into.length - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
