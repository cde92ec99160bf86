import { decodePing } from "./decode.ts";
import type { Decoder } from "./decoder.ts";
import { blank, type Find, findIn } from "./forget.ts";
import { type Place, withoutPings } from "./index-rows.ts";
import type { IngestLimits } from "./limits.ts";
import type { PingIndex } from "./ping-index.ts";
import { listSegments, openSegment, type SegmentReader } from "./segment.ts";

/** What was asked for and done in the segments; what is left is to be ended by {@link Deletions.end}. */
export interface TakenOut {
  /** Who asked, as UUIDs in lower case. */
  readonly clientIds: readonly string[];
  /** Records that went. */
  readonly received: number;
  /** The requests themselves, and what came too late. */
  readonly ends: readonly Ending[];
}

interface Ending extends Place {
  /** `undefined` for what is gone already: a kill may have come in between. */
  readonly find?: Find | undefined;
  readonly clientId?: string | undefined;
}

/** Requests to be deleted, and what came from their clients too late, in one go at most. */
const batch = 100;

/**
 * Takes out what accepted pings of type `deletion-request` ask for, while the server goes on. Last of
 * all go the requests themselves: until then they say, after a kill at any moment too, what is still
 * to be done.
 */
export interface Deletions {
  /** Whether something waits that came at or before a moment. */
  readonly areDue: (beforeMs: number) => boolean;
  /**
   * Takes out what names some of those who asked at or before a moment.
   *
   * @param last - nothing is appended to this segment and those before it any more
   */
  readonly takeOut: (beforeMs: number, last: number) => Promise<TakenOut>;
  /** Takes out the requests themselves, once nothing is left of their clients anywhere. */
  readonly end: (ends: TakenOut["ends"]) => Promise<void>;
}

export function makeDeletions(options: {
  readonly folder: string;
  readonly index: PingIndex;
  readonly decoder: Decoder;
  readonly limits: IngestLimits;
}): Deletions {
  const { folder, index, decoder, limits } = options;

  // Whether the one before us has done it nobody knows.
  let isScrubOwed = true;

  /** Whoever reads the index at the moment hinders it: then the next look does it. */
  function scrub(): void {
    if (isScrubOwed) isScrubOwed = !index.scrub();
  }

  function forgetInIndex(places: readonly Place[]): void {
    decoder.amend((state) => withoutPings(state, index.forget(places)));
  }

  /** What lies at places of the index, as far as it is there still: a kill may have come in between. */
  function recordsAt(places: readonly Place[]): readonly Ending[] {
    let reader: SegmentReader | undefined;
    try {
      return places.map((place) => {
        const { segment, offset } = place;
        if (reader?.number !== segment) {
          reader?.close();
          reader = openSegment(folder, segment);
        }
        const step = reader.step(offset, reader.size());
        if (step.kind !== "record" || step.header.encoding === "gone") return place;
        const ping = decodePing(step.header, step.body, limits);
        const find = { ...place, end: step.end, header: step.header };
        return ping.ok
          ? { ...place, find, clientId: ping.value.clientId.toLowerCase() }
          : { ...place, find };
      });
    } finally {
      reader?.close();
    }
  }

  return {
    areDue(beforeMs) {
      scrub();
      return index.requests(beforeMs, 1).length > 0 || index.late(beforeMs, 1).length > 0;
    },
    async takeOut(beforeMs, last) {
      // What the segments hold is decoded first.
      await decoder.settled();
      const isSealed = ({ segment }: Place): boolean => segment <= last;
      const requests = recordsAt(index.requests(beforeMs, batch).filter(isSealed));
      const late = recordsAt(index.late(beforeMs, batch).filter(isSealed));
      const ends = [...requests, ...late];
      const clientIds = [...new Set(requests.flatMap(({ clientId }) => clientId ?? []))];
      const own = new Set(ends.map(keyOf));
      const finds: Find[] = [];
      if (clientIds.length > 0)
        for (const number of listSegments(folder).filter((each) => each <= last))
          finds.push(...(await findIn(folder, number, clientIds)));
      const others = finds.filter((find) => !own.has(keyOf(find)));
      forgetInIndex(others);
      await blank(folder, others);
      return { clientIds, received: others.length, ends };
    },
    async end(ends) {
      await blank(
        folder,
        ends.flatMap(({ find }) => find ?? []),
      );
      decoder.letGo();
      forgetInIndex(ends);
      isScrubOwed = true;
      scrub();
    },
  };
}

function keyOf({ segment, offset }: Place): string {
  return `${String(segment)}:${String(offset)}`;
}
