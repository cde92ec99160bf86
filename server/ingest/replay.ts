import { setImmediate as nextTurn } from "node:timers/promises";
import { loggedPointer } from "./decode.ts";
import type { Decoder } from "./decoder.ts";
import { systemCode } from "./errors.ts";
import type { Forgotten } from "./forgotten.ts";
import type { IndexState, StoredError } from "./index-rows.ts";
import type { Judge } from "./judge.ts";
import type { PingIndex } from "./ping-index.ts";
import { openSegment, type SegmentReader, type SegmentStep } from "./segment.ts";

/** What judging the refused again came to; `tried` is the sum of the other three. */
export interface Replayed {
  readonly tried: number;
  readonly accepted: number;
  readonly duplicate: number;
  /** Refused again, or not readable any more. */
  readonly error: number;
}

/** Lines of the error log in one transaction and one turn of the event loop. */
const sliceRows = 64;

/**
 * Judges again what was refused, after the server or its tables have changed: what passes now is moved
 * from the errors to the accepted pings, with the time at which it came. A kill in between leaves
 * some of them moved and the accounts right.
 *
 * @param options.code - only what was refused with it
 */
export async function replayErrors(options: {
  readonly folder: string;
  readonly index: PingIndex;
  readonly judge: Judge;
  readonly forgotten: Pick<Forgotten, "add">;
  readonly amend: Decoder["amend"];
  readonly code?: string | undefined;
}): Promise<Replayed> {
  const { folder, index, judge, forgotten, amend, code } = options;
  let reader: SegmentReader | undefined;
  let sum: Replayed = { tried: 0, accepted: 0, duplicate: 0, error: 0 };

  function recordOf({ segment, offset }: StoredError): SegmentStep | undefined {
    if (reader?.number !== segment) {
      reader?.close();
      reader = undefined;
      try {
        reader = openSegment(folder, segment);
      } catch (error) {
        if (systemCode(error) === "ENOENT") return undefined;
        throw error;
      }
    }
    return reader.step(offset, reader.size());
  }

  /** Judges one again, and moves it where it belongs now. */
  function again(row: StoredError): "accepted" | "duplicate" | "error" {
    const step = recordOf(row);
    if (step?.kind !== "record") return "error";
    const { judgement } = judge(step.header, step.body);
    if (judgement.kind === "error") {
      const { code: now, at } = judgement.fault;
      index.amendError(row.seq, { code: now, at: loggedPointer(at) });
      return "error";
    }
    if (judgement.kind === "accepted") {
      const { digest, ping } = judgement;
      index.addPing(step.header, row, digest);
      if (ping.type === "deletion-request") forgotten.add(ping.clientId);
    }
    index.removeError(row.seq);
    return judgement.kind;
  }

  function slice(rows: readonly StoredError[]): void {
    let done = sum;
    amend((state: IndexState) => {
      let next = state;
      for (const row of rows) {
        // A damaged place was never counted as received.
        if (row.docId === null) continue;
        const kind = again(row);
        done = { ...done, tried: done.tried + 1, [kind]: done[kind] + 1 };
        if (kind !== "error") next = { ...next, error: next.error - 1, [kind]: next[kind] + 1 };
      }
      return next;
    });
    sum = done;
  }

  try {
    let afterSeq = 0;
    for (;;) {
      const rows = index.errorsFrom({ afterSeq, code }, sliceRows);
      if (rows.length > 0) slice(rows);
      if (rows.length < sliceRows) return sum;
      afterSeq = rows.at(-1)?.seq ?? afterSeq;
      await nextTurn();
    }
  } finally {
    reader?.close();
  }
}
