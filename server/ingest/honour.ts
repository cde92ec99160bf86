import type { Backroom } from "./backroom.ts";
import type { SegmentLog } from "./segment-log.ts";

/** What one honouring of requests came to. */
export interface Honoured {
  readonly clients: number;
  /** Records that went, the requests among them. */
  readonly received: number;
  /** What went elsewhere. */
  readonly elsewhere: number;
}

/** Honours what accepted pings of type `deletion-request` ask for, while the server goes on. */
export interface Honouring {
  /** Whether something waits that came at or before a moment. */
  readonly areDue: (beforeMs: number) => Promise<boolean>;
  /**
   * Takes out everything that names a client that asked for it at or before a moment, and what came
   * from one too late; see `deletions.ts`.
   *
   * @param elsewhere - forgets these clients (UUIDs in lower case) wherever else they are, says how often
   * @throws whatever `elsewhere` throws; nothing is lost by it
   */
  readonly honour: (
    beforeMs: number,
    elsewhere: (clientIds: readonly string[]) => Promise<number>,
  ) => Promise<Honoured>;
}

export function makeHonouring({
  backroom,
  log,
}: {
  readonly backroom: Pick<Backroom, "areDeletionsDue" | "takeOut" | "endDeletions">;
  readonly log: Pick<SegmentLog, "seal">;
}): Honouring {
  return {
    areDue: backroom.areDeletionsDue,
    async honour(beforeMs, elsewhere) {
      let sum: Honoured = { clients: 0, received: 0, elsewhere: 0 };
      while (await backroom.areDeletionsDue(beforeMs)) {
        const { clientIds, received, ends } = await backroom.takeOut(beforeMs, await log.seal());
        const gone = clientIds.length > 0 ? await elsewhere(clientIds) : 0;
        await backroom.endDeletions(ends);
        sum = {
          clients: sum.clients + clientIds.length,
          received: sum.received + received + ends.length,
          elsewhere: sum.elsewhere + gone,
        };
      }
      return sum;
    },
  };
}
