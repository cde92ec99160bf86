import type { Clock } from "#core/ports.ts";
import { makeDecoder, reconcile, type Decoder, type Found } from "./decoder.ts";
import { makeDeletions, type TakenOut } from "./deletions.ts";
import type { Report } from "./errors.ts";
import { makeExpiry, type Expired, type KeptFrom } from "./expiry.ts";
import { openForgotten } from "./forgotten.ts";
import type { IndexState } from "./index-rows.ts";
import { makeJudge } from "./judge.ts";
import type { IngestLimits } from "./limits.ts";
import { indexPath, openPingIndex } from "./ping-index.ts";
import { replayErrors, type Replayed } from "./replay.ts";
import { segmentsFolder, type Position } from "./segment.ts";

/**
 * What becomes of submissions once they are durable: they are decoded, judged, entered in the index,
 * and go again when their time has come. It needs nothing but the segments, so that it can be in a
 * thread of its own, where it keeps no answer waiting.
 */
export interface Backroom {
  /** As far as it was told of what was found. */
  readonly state: () => IndexState;
  /** Everything before this place is durable. */
  readonly wake: (durable: Position) => void;
  /** Says whether anybody hears of accepted pings: for nobody they are not handed over. */
  readonly listen: (isHeard: boolean) => void;
  /** Resolves once everything is decoded that it was woken for. */
  readonly settled: () => Promise<void>;
  /** Judges again what was refused, once that is so. */
  readonly replay: (code: string | undefined) => Promise<Replayed>;
  /** As those of `deletions.ts` and `expiry.ts`. */
  readonly areDeletionsDue: (beforeMs: number) => Promise<boolean>;
  readonly takeOut: (beforeMs: number, last: number) => Promise<TakenOut>;
  readonly endDeletions: (ends: TakenOut["ends"]) => Promise<void>;
  readonly expire: (kept: KeptFrom, last: number) => Promise<Expired>;
  /** Ends what is under way, and lets go of its files. */
  readonly close: () => Promise<void>;
}

/** What a backroom needs, wherever it is. */
export interface BackroomOptions {
  readonly dataDir: string;
  readonly limits: IngestLimits;
  readonly report: Report;
  /** Called once something is in the index; of accepted pings, where anybody hears of them. */
  readonly onFound: (found: Found) => void;
}

/**
 * Opens a backroom in this thread.
 *
 * @returns with it the decoder's promise of a verdict, for who answers only then
 */
export function openBackroom(
  options: BackroomOptions & { readonly clock: Pick<Clock, "delay"> },
): Backroom & Pick<Decoder, "expect"> {
  const { dataDir, limits, report, onFound, clock } = options;
  const folder = segmentsFolder(dataDir);
  const index = openPingIndex(indexPath(dataDir), limits.keptErrors);
  reconcile(folder, index, report);
  const forgotten = openForgotten(dataDir);
  const judge = makeJudge({ index, forgotten, limits, report });
  let durable: Position = { segment: 0, offset: 0 };
  let isHeard = false;
  const decoder = makeDecoder({
    ...{ folder, index, judge, forgotten, clock, report },
    durable: () => durable,
    onFound: (found) => {
      onFound(isHeard ? found : { ...found, accepted: [] });
    },
  });
  const deletions = makeDeletions({ folder, index, decoder, limits });
  return {
    state: decoder.state,
    wake(to) {
      durable = to;
      decoder.wake();
    },
    listen(to) {
      isHeard = to;
    },
    settled: decoder.settled,
    async replay(code) {
      await decoder.settled();
      return replayErrors({ folder, index, judge, forgotten, amend: decoder.amend, code });
    },
    areDeletionsDue: (beforeMs) => Promise.resolve(deletions.areDue(beforeMs)),
    takeOut: deletions.takeOut,
    endDeletions: deletions.end,
    expire: makeExpiry({ folder, index, decoder }),
    expect: decoder.expect,
    async close() {
      await decoder.stop();
      index.close();
      forgotten.close();
    },
  };
}
