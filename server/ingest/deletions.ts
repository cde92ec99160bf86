import { decodePing } from "./decode.ts";
import type { Decoder } from "./decoder.ts";
import { blank, type Find, findIn } from "./forget.ts";
import { type Place, withoutPings } from "./index-rows.ts";
import type { IngestLimits } from "./limits.ts";
import type { PingIndex } from "./ping-index.ts";
import { listSegments, openSegment, type SegmentReader } from "./segment.ts";
import type { SegmentLog } from "./segment-log.ts";

/** What one honouring of requests came to. */
export interface Honoured {
  readonly clients: number;
  /** Records that went, the requests among them. */
  readonly received: number;
  /** What went elsewhere. */
  readonly elsewhere: number;
}

/** Requests to be deleted, and what came from their clients too late, in one go at most. */
const batch = 100;

/** Honours what accepted pings of type `deletion-request` ask for, while the server goes on. */
export interface Deletions {
  /** Whether something waits that came at or before a moment. */
  readonly areDue: (beforeMs: number) => boolean;
  /**
   * Takes out everything that names a client that asked for it at or before a moment, and what came
   * from one too late. Last of all go the requests themselves: until then they say, after a kill at
   * any moment too, what is still to be done.
   *
   * @param elsewhere - forgets these clients (UUIDs in lower case) wherever else they are, says how often
   * @throws whatever `elsewhere` throws; nothing is lost by it
   */
  readonly honour: (
    beforeMs: number,
    elsewhere: (clientIds: readonly string[]) => Promise<number>,
  ) => Promise<Honoured>;
}

export function makeDeletions(options: {
  readonly folder: string;
  readonly index: PingIndex;
  readonly log: SegmentLog;
  readonly decoder: Decoder;
  readonly limits: IngestLimits;
}): Deletions {
  const { folder, index, log, decoder, limits } = options;

  // Whether the one before us has done it nobody knows.
  let isScrubOwed = true;

  /** Whoever reads the index at the moment hinders it: then the next look does it. */
  function scrub(): void {
    if (isScrubOwed) isScrubOwed = !index.scrub();
  }

  function forgetInIndex(places: readonly Place[]): void {
    decoder.amend((state) => withoutPings(state, index.forget(places)));
  }

  async function honourBatch(
    beforeMs: number,
    elsewhere: (clientIds: readonly string[]) => Promise<number>,
  ): Promise<Honoured> {
    const requests = recordsAt(index.requests(beforeMs, batch));
    const late = recordsAt(index.late(beforeMs, batch));
    const clientIds = [...new Set(requests.flatMap(({ clientId }) => clientId ?? []))];
    // What is durable now is decoded, and in segments that nothing is appended to.
    await log.seal();
    const { segment: last } = log.durable();
    await decoder.settled();

    const own = new Set([...requests, ...late].map(keyOf));
    const finds: Find[] = [];
    if (clientIds.length > 0)
      for (const number of listSegments(folder).filter((each) => each <= last))
        finds.push(...(await findIn(folder, number, clientIds)));
    const others = finds.filter((find) => !own.has(keyOf(find)));
    forgetInIndex(others);
    await blank(folder, others);
    const gone = clientIds.length > 0 ? await elsewhere(clientIds) : 0;

    const ends = [...requests, ...late];
    await blank(
      folder,
      ends.flatMap(({ find }) => find ?? []),
    );
    decoder.letGo();
    forgetInIndex(ends);
    isScrubOwed = true;
    scrub();
    return { clients: clientIds.length, received: others.length + ends.length, elsewhere: gone };
  }

  /** What lies at places of the index, as far as it is there still: a kill may have come in between. */
  function recordsAt(
    places: readonly Place[],
  ): readonly (Place & { readonly find?: Find; readonly clientId?: string })[] {
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

  function areDue(beforeMs: number): boolean {
    scrub();
    return index.requests(beforeMs, 1).length > 0 || index.late(beforeMs, 1).length > 0;
  }

  return {
    areDue,
    async honour(beforeMs, elsewhere) {
      let sum: Honoured = { clients: 0, received: 0, elsewhere: 0 };
      while (areDue(beforeMs)) {
        const done = await honourBatch(beforeMs, elsewhere);
        sum = {
          clients: sum.clients + done.clients,
          received: sum.received + done.received,
          elsewhere: sum.elsewhere + done.elsewhere,
        };
      }
      return sum;
    },
  };
}

function keyOf({ segment, offset }: Place): string {
  return `${String(segment)}:${String(offset)}`;
}
