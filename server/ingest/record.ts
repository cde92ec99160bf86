import { crc32 } from "node:zlib";
import * as v from "valibot";
import type { SubmitPath } from "./path.ts";

// One submission in a segment:
//   marker 8 | header length u32 | body length u32 | crc32 u32 of all but marker and itself | header | body
// The marker is the segment's own 8 random bytes, so that a reader can find the next record after a
// damaged one, and nobody who sends a ping can make bytes inside its body look like a record.

export const markerBytes = 8;
export const frameBytes = markerBytes + 12;
const maxHeaderBytes = 4_096;
const maxBodyBytes = 64 * 1024 * 1024;

/** How the body was sent: `other` is an encoding that we do not read, `gone` a body that was deleted. */
export type BodyEncoding = "identity" | "gzip" | "other" | "gone";

/** All that is kept of a request beside its body: never an address of the network, never another header. */
export interface RecordHeader extends SubmitPath {
  readonly encoding: BodyEncoding;
  readonly receivedAtMs: number;
  /** The client's `Date` header, in milliseconds since 1970. */
  readonly clientDateMs?: number;
  /** Country of the address that it came from, normalised; absent where none was found. */
  readonly country?: string;
}

const RecordHeaderShape = v.object({
  docId: v.string(),
  docType: v.string(),
  appName: v.string(),
  appVersion: v.string(),
  channel: v.string(),
  buildId: v.string(),
  encoding: v.picklist(["identity", "gzip", "other", "gone"]),
  receivedAtMs: v.number(),
  clientDateMs: v.exactOptional(v.number()),
  country: v.exactOptional(v.string()),
});

/** A record on its way into a segment. */
export interface EncodedRecord {
  /** Begins with 8 bytes that are left for {@link setMarker}: its segment is known only when it is written. */
  readonly head: Buffer;
  readonly body: readonly Uint8Array[];
  /** Of all of it, in bytes. */
  readonly length: number;
}

/** Puts a record together; the body stays where it is, for copying it takes as long as all the rest. */
export function encodeRecord(header: RecordHeader, body: readonly Uint8Array[]): EncodedRecord {
  const text = JSON.stringify(header);
  const headLength = Buffer.byteLength(text);
  const bodyLength = body.reduce((sum, chunk) => sum + chunk.length, 0);
  const head = Buffer.allocUnsafe(frameBytes + headLength);
  head.writeUInt32LE(headLength, markerBytes);
  head.writeUInt32LE(bodyLength, markerBytes + 4);
  head.write(text, frameBytes);
  const sum = body.reduce((before, chunk) => crc32(chunk, before), checksum(head));
  head.writeUInt32LE(sum, markerBytes + 8);
  return { head, body, length: head.length + bodyLength };
}

/** Leaves of a whole record its length and when it was received. Every header of a record that was sent is longer. */
export function blankRecord(record: Buffer, { receivedAtMs }: RecordHeader): void {
  const headLength = record.readUInt32LE(markerBytes);
  const header: RecordHeader = {
    ...{ docId: "", docType: "", appName: "", appVersion: "", channel: "", buildId: "" },
    encoding: "gone",
    receivedAtMs,
  };
  record.fill(0, frameBytes);
  record.write(JSON.stringify(header).padEnd(headLength), frameBytes);
  record.writeUInt32LE(checksum(record), markerBytes + 8);
}

export function setMarker({ head }: EncodedRecord, marker: Uint8Array): void {
  head.set(marker, 0);
}

/** Length of the whole record whose first bytes these are, or `undefined` when they begin none. */
export function recordLength(frame: Buffer, marker: Uint8Array): number | undefined {
  if (frame.length < frameBytes || frame.compare(marker, 0, markerBytes, 0, markerBytes) !== 0)
    return undefined;
  const headLength = frame.readUInt32LE(markerBytes);
  const bodyLength = frame.readUInt32LE(markerBytes + 4);
  if (headLength > maxHeaderBytes || bodyLength > maxBodyBytes) return undefined;
  return frameBytes + headLength + bodyLength;
}

/** The parts of a whole record, or `undefined` when its bytes are not those that were written. */
export function decodeRecord(
  record: Buffer,
): { readonly header: RecordHeader; readonly body: Buffer } | undefined {
  if (record.readUInt32LE(markerBytes + 8) !== checksum(record)) return undefined;
  const bodyAt = frameBytes + record.readUInt32LE(markerBytes);
  const header = v.safeParse(RecordHeaderShape, parseHeader(record.subarray(frameBytes, bodyAt)));
  return header.success ? { header: header.output, body: record.subarray(bodyAt) } : undefined;
}

function parseHeader(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checksum(record: Buffer): number {
  const lengths = crc32(record.subarray(markerBytes, markerBytes + 8));
  return crc32(record.subarray(frameBytes), lengths);
}
