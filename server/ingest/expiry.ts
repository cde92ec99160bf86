import { rm } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Decoder } from "./decoder.ts";
import { blank, type Find } from "./forget.ts";
import type { PingIndex } from "./ping-index.ts";
import { listSegments, openSegment, segmentHeaderBytes, segmentPath } from "./segment.ts";

/**
 * Forgets what was received before a moment, by type. Segments in which nothing else is are taken
 * away, oldest first; in others it is made unreadable, so that they keep their size. After a kill
 * at any moment the next call does what is left.
 *
 * @param last - nothing is appended to this segment and those before it any more
 */
export type Expire = (kept: KeptFrom, last: number) => Promise<Expired>;

/** From which moment on pings are kept, in milliseconds since 1970. */
export interface KeptFrom {
  readonly ofType: ReadonlyMap<string, number>;
  /** Of every other type. */
  readonly otherwise: number;
}

/** From which moment on pings of a type are kept. */
export function keptFromOf({ ofType, otherwise }: KeptFrom, docType: string): number {
  return ofType.get(docType) ?? otherwise;
}

/** Whether a folder of segments may hold something that is older than it is kept. */
export function isExpiryDue(folder: string, kept: KeptFrom): boolean {
  const [first] = listSegments(folder);
  return first !== undefined && !isAllKept(folder, first, kept);
}

export interface Expired {
  readonly pings: number;
  readonly segments: number;
}

/** What a segment holds. */
interface Survey {
  readonly expired: readonly Find[];
  readonly records: number;
  /** When the oldest that is kept was received, by type. */
  readonly oldest: ReadonlyMap<string, number>;
}

/** Records in one transaction and one turn of the event loop. */
const sliceRecords = 64;

export function makeExpiry(options: {
  readonly folder: string;
  readonly index: PingIndex;
  readonly decoder: Decoder;
}): Expire {
  const { folder, index, decoder } = options;
  /** Of segments that were gone through, so that they need not be each day. */
  const oldestIn = new Map<number, Survey["oldest"]>();

  async function forgetInIndex(places: readonly Find[]): Promise<number> {
    const before = decoder.state().expiredPings;
    for (let at = 0; at < places.length; at += sliceRecords) {
      const slice = places.slice(at, at + sliceRecords);
      decoder.amend((state) => ({
        ...state,
        expiredPings: state.expiredPings + index.forget(slice),
      }));
      await nextTurn();
    }
    return decoder.state().expiredPings - before;
  }

  async function takeAway(number: number, records: number): Promise<void> {
    // Noted first: a segment that is there still is taken away by the next call, and not counted again.
    if (number > decoder.state().expiredTo)
      decoder.amend((state) => ({
        ...state,
        expiredTo: number,
        expiredRecords: state.expiredRecords + records,
      }));
    oldestIn.delete(number);
    await rm(segmentPath(folder, number));
  }

  return async (kept, last) => {
    // What the segments hold is decoded first.
    await decoder.settled();
    let expired: Expired = { pings: 0, segments: 0 };
    let isFirst = true;
    for (const number of listSegments(folder).filter((each) => each <= last)) {
      if (isAllKept(folder, number, kept)) break;
      const known = [...(oldestIn.get(number) ?? [])];
      if (known.length > 0 && known.every(([docType, ms]) => ms >= keptFromOf(kept, docType))) {
        isFirst = false;
        continue;
      }
      const survey = await surveyOf(folder, number, kept);
      const pings = await forgetInIndex(survey.expired);
      // The last one says to which segments the index belongs.
      const goes: boolean = isFirst && survey.oldest.size === 0 && number < last;
      if (goes) await takeAway(number, survey.records);
      else {
        await blank(folder, survey.expired);
        oldestIn.set(number, survey.oldest);
      }
      isFirst &&= goes;
      expired = { pings: expired.pings + pings, segments: expired.segments + (goes ? 1 : 0) };
    }
    decoder.letGo();
    return expired;
  };
}

/** Records come in the order of time: where the first is kept by every type, all from there on are. */
function isAllKept(folder: string, number: number, { ofType, otherwise }: KeptFrom): boolean {
  const reader = openSegment(folder, number);
  try {
    const step = reader.step(segmentHeaderBytes, reader.size());
    const latest = Math.max(otherwise, ...ofType.values());
    return step.kind === "record" && step.header.receivedAtMs >= latest;
  } finally {
    reader.close();
  }
}

async function surveyOf(folder: string, number: number, kept: KeptFrom): Promise<Survey> {
  const reader = openSegment(folder, number);
  try {
    const expired: Find[] = [];
    const oldest = new Map<string, number>();
    let records = 0;
    const size = reader.size();
    for (let offset = segmentHeaderBytes; ;) {
      const step = reader.step(offset, size);
      if (step.kind === "end") break;
      if (step.kind === "record") {
        const { header, end } = step;
        const { docId, docType, receivedAtMs } = header;
        records += 1;
        if (header.encoding !== "gone") {
          if (receivedAtMs < keptFromOf(kept, docType))
            expired.push({ segment: number, offset, end, docId, header });
          else oldest.set(docType, Math.min(receivedAtMs, oldest.get(docType) ?? receivedAtMs));
        }
        if (records % sliceRecords === 0) await nextTurn();
      }
      offset = step.end;
    }
    return { expired, records, oldest };
  } finally {
    reader.close();
  }
}
