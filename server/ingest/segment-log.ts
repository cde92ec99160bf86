import { randomBytes } from "node:crypto";
import { IngestError, systemCode, type Report } from "./errors.ts";
import type { AppendFile, Files } from "./files.ts";
import type { IngestLimits } from "./limits.ts";
import { type EncodedRecord, markerBytes, setMarker } from "./record.ts";
import {
  encodeSegmentHeader,
  listSegments,
  openSegment,
  segmentHeaderBytes,
  segmentPath,
  type Position,
} from "./segment.ts";

/** How much is written at most without asking the disk what it has, in bytes: others write there, too. */
const trust = 4 * 1024 * 1024;

/** The append-only log of everything that passed the edge. */
export interface SegmentLog {
  /**
   * Resolves once the record survives a power loss. Records that arrive together share one
   * `fdatasync`.
   * @param placed - called with the record's place just before the promise resolves
   * @throws IngestError `ingest/disk-full`; anything else that the disk throws
   */
  append(record: EncodedRecord, placed?: (position: Position) => void): Promise<void>;
  /**
   * Ends the newest segment, behind what is under way: what is appended from then on goes into another one.
   * @returns the number of the segment that was ended last
   */
  readonly seal: () => Promise<number>;
  /** Everything before this place is durable. */
  readonly durable: () => Position;
  /** Resolves once what was appended is durable and the file is closed. */
  close(): Promise<void>;
}

interface Waiting {
  readonly record: EncodedRecord;
  readonly placed: ((position: Position) => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface OpenSegment {
  readonly number: number;
  readonly marker: Buffer;
  readonly file: AppendFile;
}

/**
 * Opens the log for appending. A torn tail, which a kill leaves in the middle of a write that was
 * never answered, is cut off and reported.
 *
 * @param decodedTo - nothing before this place can be torn, so the search begins there
 * @param onDurable - called after each batch
 */
export async function openSegmentLog(options: {
  readonly folder: string;
  readonly files: Files;
  readonly limits: IngestLimits;
  readonly decodedTo: Position | undefined;
  readonly onDurable: () => void;
  readonly report: Report;
}): Promise<SegmentLog> {
  const { folder, files, limits, onDurable, report } = options;
  await files.makeFolder(folder);
  const last = listSegments(folder).at(-1);
  const reopened =
    last === undefined ? undefined : await reopen(folder, files, last, options.decodedTo, report);
  // On a disk that is full even the first segment has to wait for the first submission that fits.
  let segment: OpenSegment | undefined = reopened?.segment;
  let nextNumber = (last ?? 0) + 1;
  let durable: Position =
    reopened === undefined
      ? { segment: 0, offset: 0 }
      : { segment: reopened.number, offset: reopened.end };
  let waiting: Waiting[] = [];
  let seals: ((last: number) => void)[] = [];
  let pump: Promise<void> | undefined;
  /** Bytes that may be written before the disk is asked again what it has. */
  let room = 0;

  async function begin(): Promise<OpenSegment> {
    const number = nextNumber;
    // Even when this fails the name may be taken, so it is not tried again.
    nextNumber += 1;
    const marker = randomBytes(markerBytes);
    const file = await files.open(segmentPath(folder, number), { fresh: true });
    try {
      await file.write([encodeSegmentHeader(marker)], 0);
      await file.datasync();
      await files.syncFolder(folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    durable = { segment: number, offset: segmentHeaderBytes };
    return { number, marker, file };
  }

  /** After a failed write or sync nothing may be appended behind bytes of unknown state. */
  async function abandon(broken: OpenSegment): Promise<void> {
    const whole = durable.segment === broken.number ? durable.offset : segmentHeaderBytes;
    try {
      await broken.file.truncate(whole);
      await broken.file.datasync();
    } catch (cause) {
      segment = undefined;
      report({ code: "ingest/segment-abandoned", message: "a segment cannot be repaired", cause });
      await broken.file.close();
    }
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const bytes = batch.reduce((sum, { record }) => sum + record.length, 0);
    // Asking the disk each time costs a third of a batch.
    if (bytes > room) {
      const free = await files.freeBytes(folder);
      room = Math.min(free - limits.reserveBytes, Math.max(trust, bytes));
    }
    if (bytes > room) throw new IngestError("ingest/disk-full", "the disk's reserve is reached");
    room -= bytes;
    segment ??= await begin();
    const current = segment;
    for (const { record } of batch) setMarker(record, current.marker);
    let { offset } = durable;
    try {
      await current.file.write(
        batch.flatMap(({ record: { head, body } }) => [head, ...body]),
        offset,
      );
      await current.file.datasync();
    } catch (error) {
      await abandon(current);
      throw error;
    }
    for (const { record, placed } of batch) {
      placed?.({ segment: current.number, offset });
      offset += record.length;
    }
    durable = { segment: current.number, offset };
    if (offset >= limits.segmentBytes) await end();
  }

  async function end(): Promise<void> {
    const ended = segment;
    segment = undefined;
    await ended?.file.close();
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 || seals.length > 0) {
      if (seals.length > 0) {
        const sealed = seals;
        seals = [];
        await end();
        for (const resolve of sealed) resolve(durable.segment);
        continue;
      }
      const batch = takeBatch(waiting, limits.batchBytes);
      waiting = waiting.slice(batch.length);
      try {
        await write(batch);
        for (const { resolve } of batch) resolve();
        onDurable();
      } catch (cause) {
        const error = isDiskFull(cause)
          ? new IngestError("ingest/disk-full", "the disk is full", { cause })
          : cause;
        for (const { reject } of batch) reject(error);
      }
    }
    pump = undefined;
  }

  return {
    append: (record, placed) =>
      new Promise((resolve, reject) => {
        waiting.push({ record, placed, resolve, reject });
        pump ??= drain();
      }),
    seal: () =>
      new Promise((resolve) => {
        seals.push(resolve);
        pump ??= drain();
      }),
    durable: () => durable,
    async close() {
      await pump;
      await end();
    },
  };
}

function takeBatch(waiting: readonly Waiting[], maxBytes: number): readonly Waiting[] {
  let bytes = 0;
  const beyond = waiting.findIndex(({ record }, index) => {
    bytes += record.length;
    return index > 0 && bytes > maxBytes;
  });
  return beyond === -1 ? waiting : waiting.slice(0, beyond);
}

function isDiskFull(error: unknown): boolean {
  if (error instanceof IngestError) return error.code === "ingest/disk-full";
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Takes up the last segment where it ended, or leaves it alone when its header is not sound. */
async function reopen(
  folder: string,
  files: Files,
  number: number,
  decodedTo: Position | undefined,
  report: Report,
): Promise<{ readonly number: number; readonly end: number; readonly segment?: OpenSegment }> {
  const reader = openSegment(folder, number);
  try {
    const size = reader.size();
    const { marker } = reader;
    const from = decodedTo?.segment === number ? decodedTo.offset : segmentHeaderBytes;
    if (marker === undefined || !reader.hasSoundHeader)
      return { number, end: Math.max(size, segmentHeaderBytes) };
    let end = Math.max(from, segmentHeaderBytes);
    for (;;) {
      const step = reader.step(end, size);
      if (step.kind === "end" || (step.kind === "damage" && step.isLast)) break;
      end = step.end;
    }
    const file = await files.open(segmentPath(folder, number), { fresh: false });
    if (end < size) {
      report({
        code: "ingest/torn-tail",
        message: `segment ${String(number)}: ${String(size - end)} bytes of an unfinished write cut off`,
      });
      await file.truncate(end);
    }
    // What a killed process wrote may be in the page cache only.
    await file.datasync();
    await files.syncFolder(folder);
    return { number, end, segment: { number, marker, file } };
  } finally {
    reader.close();
  }
}
