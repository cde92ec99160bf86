import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { writeAtomically } from "../store/atomic.ts";
import { holdAlone } from "../store/exclusive.ts";
import { sweep } from "../store/sweep.ts";
import { IngestError } from "./errors.ts";
import { type Place, withoutPings } from "./index-rows.ts";
import { defaultIngestLimits } from "./limits.ts";
import { isNamed, textsOf } from "./mentions.ts";
import { indexPath, openPingIndex } from "./ping-index.ts";
import { blankRecord, type RecordHeader } from "./record.ts";
import {
  listSegments,
  openSegment,
  segmentHeaderBytes,
  segmentPath,
  segmentsFolder,
} from "./segment.ts";

/** Bytes of a segment that are to go: a record, or what is none any more. */
export interface Find extends Place {
  readonly end: number;
  /** Absent for bytes that are no record any more. */
  readonly header?: RecordHeader;
}

/**
 * Takes everything that names one of these clients out of what was received: accepted, sent twice or
 * refused. A record that goes leaves one of the same length that says when something was received and
 * nothing else, so that every other one stays where the index looks for it.
 *
 * First the index forgets, then the segments, each replaced by one rename: after a kill at any moment
 * the same call does what is left.
 *
 * @param clientIds - UUIDs in lower case
 * @returns how many records went
 * @throws IngestError `ingest/locked` while a server runs on the folder, whose newest segment is open
 */
export async function forgetReceived(
  dataDir: string,
  clientIds: readonly string[],
): Promise<number> {
  const folder = segmentsFolder(dataDir);
  const numbers = listSegments(folder);
  if (numbers.length === 0) return 0;
  const unlock = holdAlone(
    join(dataDir, "ingest", "writer.lock"),
    (cause) =>
      new IngestError(
        "ingest/locked",
        `a server runs on ${dataDir}: end it first, then forget, then start it again`,
        { cause },
      ),
  );
  try {
    await sweep(folder);
    const finds: Find[] = [];
    for (const number of numbers) finds.push(...(await findIn(folder, number, clientIds)));
    const index = openPingIndex(indexPath(dataDir), defaultIngestLimits.keptErrors);
    try {
      index.commit(() => {
        const pings = index.forget(finds);
        return withoutPings(index.state(), pings);
      });
      index.scrub();
    } finally {
      index.close();
    }
    await blank(folder, finds);
    return finds.length;
  } finally {
    unlock();
  }
}

/** What names one of these clients in a segment to which nothing is appended any more. */
export async function findIn(
  folder: string,
  number: number,
  clientIds: readonly string[],
): Promise<readonly Find[]> {
  const wanted = new Set(clientIds);
  const reader = openSegment(folder, number);
  try {
    const found: Find[] = [];
    const size = reader.size();
    const bytes = await readFile(segmentPath(folder, number));
    for (let offset = segmentHeaderBytes, end = offset; offset < size; offset = end) {
      await nextTurn();
      const step = reader.step(offset, size);
      if (step.kind === "end") break;
      ({ end } = step);
      const texts =
        step.kind === "record" ? textsOf(step) : [bytes.toString("latin1", offset, end)];
      if (!isNamed(texts, (uuid) => wanted.has(uuid))) continue;
      const header = step.kind === "record" ? step.header : undefined;
      const place = { segment: number, offset, end, docId: header?.docId };
      found.push(header === undefined ? place : { ...place, header });
    }
    return found;
  } finally {
    reader.close();
  }
}

/** Takes what was found out of the segments, each of which is replaced by one rename. */
export async function blank(folder: string, finds: readonly Find[]): Promise<void> {
  for (const number of new Set(finds.map(({ segment }) => segment))) {
    const path = segmentPath(folder, number);
    const bytes = await readFile(path);
    for (const { segment, offset, end, header } of finds) {
      if (segment !== number) continue;
      const region = bytes.subarray(offset, end);
      if (header === undefined) region.fill(0);
      else blankRecord(region, header);
    }
    await writeAtomically(path, bytes, { mode: 0o600 });
  }
}
