import { MemoryMirror, MemoryStore } from "#core/memory.ts";
import type { Network, Ports } from "#core/ports.ts";
import { sync, type SyncOutcome } from "#core/sync.ts";
import type { KillList } from "#recipes/manifest.ts";
import { createNetwork } from "#extension/platform/network.ts";
import { tokens } from "#extension/platform/tokens.ts";

/** What of a browser asks, walks, verifies and remembers, over real HTTP. */
export interface WalkingClient {
  /**
   * One run, by the clock of this moment.
   *
   * @param heard - called with what is to stop, whether or not a set arrives
   */
  run(serverUrl: string, heard?: (kill: KillList) => void): Promise<SyncOutcome>;
}

/** A browser that pins this root. */
export function aWalkingClient(
  pinnedRoot: unknown,
  options: { readonly haltUrl?: string } = {},
): WalkingClient {
  const ports: Parameters<typeof sync>[1] = {
    store: new MemoryStore(),
    mirror: new MemoryMirror(),
    network: dateless(createNetwork()),
    tokens,
    clock: aClock,
    log: { write: () => undefined },
  };
  return {
    run: (serverUrl, heard) =>
      sync(
        {
          serverUrl,
          pinnedRoot,
          nowMs: Date.now(),
          obey: (kill) => Promise.resolve(heard?.(kill)),
          ...options,
        },
        ports,
      ),
  };
}

/** It measures nothing. */
const aClock: Ports["clock"] = {
  nowMs: () => Date.now(),
  monotonicMs: () => 0,
  delay: () => Promise.resolve(),
};

/** Node writes the date of an answer by a clock that no test can turn: it would stand against the one that is turned. */
function dateless(network: Network): Network {
  return {
    ...network,
    async get(...asked) {
      const answer = await network.get(...asked);
      if (answer.kind !== "answer") return answer;
      const { date: _date, ...headers } = answer.headers;
      return { ...answer, headers };
    },
  };
}
