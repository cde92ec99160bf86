import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { constants, gunzipSync } from "node:zlib";
import { readJson } from "#recipes/json.ts";
import { writeAtomically } from "../store/atomic.ts";
import { holdAlone } from "../store/exclusive.ts";
import { sweep } from "../store/sweep.ts";
import { unpack } from "./decode.ts";
import { IngestError } from "./errors.ts";
import { defaultIngestLimits } from "./limits.ts";
import type { Place } from "./index-rows.ts";
import { indexPath, openPingIndex } from "./ping-index.ts";
import { blankRecord, type RecordHeader } from "./record.ts";
import {
  listSegments,
  openSegment,
  segmentHeaderBytes,
  segmentPath,
  segmentsFolder,
} from "./segment.ts";

/** Bytes of a segment that name somebody who is to be forgotten. */
interface Find {
  readonly offset: number;
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
    const finds = new Map<number, readonly Find[]>();
    for (const number of numbers) {
      const found = await findIn(folder, number, clientIds);
      if (found.length > 0) finds.set(number, found);
    }
    forgetInIndex(dataDir, finds);
    for (const [number, found] of finds) await blank(segmentPath(folder, number), found);
    return [...finds.values()].reduce((sum, found) => sum + found.length, 0);
  } finally {
    unlock();
  }
}

async function findIn(
  folder: string,
  number: number,
  clientIds: readonly string[],
): Promise<readonly Find[]> {
  const reader = openSegment(folder, number);
  try {
    const found: Find[] = [];
    const size = reader.size();
    const bytes = readFileSync(segmentPath(folder, number));
    for (let offset = segmentHeaderBytes, end = offset; offset < size; offset = end) {
      await nextTurn();
      const step = reader.step(offset, size);
      if (step.kind === "end") break;
      ({ end } = step);
      const raw = bytes.subarray(offset, end);
      const texts = [raw.toString("latin1"), ...(step.kind === "record" ? decoded(step) : [])];
      const isNamed = texts.some((text) => {
        const lower = text.toLowerCase();
        return clientIds.some((id) => lower.includes(id));
      });
      if (!isNamed) continue;
      found.push({ offset, end, ...(step.kind === "record" ? { header: step.header } : {}) });
    }
    return found;
  } finally {
    reader.close();
  }
}

/** What a body says, as far as it can be read, and once more where escapes could hide it. */
function decoded({
  header,
  body,
}: {
  readonly header: RecordHeader;
  readonly body: Buffer;
}): readonly string[] {
  const whole = unpack(header.encoding, body, defaultIngestLimits);
  const text = whole.ok ? whole.value.toString("utf8") : beginningOf(body);
  if (!text.includes("\\u")) return [text];
  const { decodedBytes: _bytes, jsonDepth: maxDepth, jsonKeys: maxKeys } = defaultIngestLimits;
  const json = readJson(text, { maxDepth, maxKeys });
  return json.ok ? [text, JSON.stringify(json.value)] : [text];
}

/** What is there of a gzip stream that ends too early; nothing of one that is none. */
function beginningOf(body: Buffer): string {
  try {
    return gunzipSync(body, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: defaultIngestLimits.decodedBytes,
    }).toString("utf8");
  } catch {
    // No gzip, or a bomb: nothing in it was ever read, and its bytes are looked at as they are.
    return "";
  }
}

function forgetInIndex(dataDir: string, finds: ReadonlyMap<number, readonly Find[]>): void {
  const index = openPingIndex(indexPath(dataDir), defaultIngestLimits.keptErrors);
  try {
    const places = [...finds].flatMap(([segment, found]) =>
      found.map(({ offset, header }): Place => ({ segment, offset, docId: header?.docId })),
    );
    index.forget(places);
  } finally {
    index.close();
  }
}

async function blank(path: string, found: readonly Find[]): Promise<void> {
  const bytes = readFileSync(path);
  for (const { offset, end, header } of found) {
    const region = bytes.subarray(offset, end);
    if (header === undefined) region.fill(0);
    else blankRecord(region, header);
  }
  await writeAtomically(path, bytes, { mode: 0o600 });
}
