import { honourDeletions } from "./archive/deletions.ts";
import type { ServerConfig } from "./config.ts";
import type { Ingest } from "./ingest/index.ts";
import type { Log } from "./observe/log.ts";
import { timed } from "./observe/metering.ts";
import type { Metrics } from "./observe/metrics.ts";

/** How often it is looked whether somebody waits to be forgotten, in milliseconds. */
export const forgetLookMs = 2_000;
/**
 * How long a request waits at least, in milliseconds. Everything that was received is read through
 * for it, so that those of an hour share one reading; who tries it out sees it at once.
 */
const waitMs = { development: 0, production: 3_600_000 } as const;

/** Forgets the clients that asked for it; the log says how many, never who. */
export async function forgetWhoAsked(options: {
  readonly config: Pick<ServerConfig, "dataDir" | "env">;
  readonly ingest: Pick<Ingest, "deletions">;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}): Promise<void> {
  const { config, ingest, now, log, metrics } = options;
  const beforeMs = now() - waitMs[config.env];
  if (!ingest.deletions.areDue(beforeMs)) return;
  const { clients, received, elsewhere } = await timed(metrics, "pings.forget", () =>
    honourDeletions(config.dataDir, ingest.deletions, beforeMs),
  );
  log.info("pings.forgotten", { clients, received, archived: elsewhere });
}
