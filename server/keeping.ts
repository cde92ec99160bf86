import { honourDeletions } from "./archive/deletions.ts";
import { expireArchived } from "./archive/expiry.ts";
import type { ServerConfig } from "./config.ts";
import { ServerError } from "./errors.ts";
import { dayMs } from "./ingest/index-reading.ts";
import type { Ingest } from "./ingest/index.ts";
import type { Log } from "./observe/log.ts";
import { timed } from "./observe/metering.ts";
import type { Metrics } from "./observe/metrics.ts";
import { keptFrom } from "./retention.ts";

/** How often it is looked whether somebody waits to be forgotten, in milliseconds. */
export const keepingLookMs = 2_000;
/**
 * How long a request waits at least, in milliseconds. Everything that was received is read through
 * for it, so that those of an hour share one reading; who tries it out sees it at once.
 */
const waitMs = { development: 0, production: 3_600_000 } as const;
const retryMs = 60_000;

/**
 * Keeps of what browsers sent only what is to be kept: at each call clients that asked to be forgotten
 * are, and once a day what is older than its type is kept goes. The log says how much, never whose.
 * Both change the same files: calls may not overlap.
 */
export function makeKeeping(options: {
  readonly config: Pick<ServerConfig, "dataDir" | "env" | "retention">;
  readonly ingest: Pick<Ingest, "deletions" | "expire">;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}): () => Promise<void> {
  const { config, ingest, now, log, metrics } = options;
  const { dataDir, env, retention } = config;
  let notBeforeMs = 0;
  let expiredOn: number | undefined;

  async function forget(): Promise<void> {
    const beforeMs = now() - waitMs[env];
    if (!(await ingest.deletions.areDue(beforeMs))) return;
    const { clients, received, elsewhere } = await timed(metrics, "pings.forget", () =>
      honourDeletions(dataDir, ingest.deletions, beforeMs),
    );
    log.info("pings.forgotten", { clients, received, archived: elsewhere });
  }

  async function expire(): Promise<void> {
    const today = Math.floor(now() / dayMs);
    if (today === expiredOn) return;
    const kept = keptFrom(retention, now());
    const { pings, segments, days } = await timed(metrics, "pings.expire", async () => ({
      ...(await ingest.expire(kept)),
      days: await expireArchived(dataDir, kept),
    }));
    if (pings + segments + days > 0) log.info("pings.expired", { pings, segments, days });
    expiredOn = today;
  }

  return async () => {
    if (now() < notBeforeMs) return;
    try {
      await forget();
      await expire();
    } catch (error) {
      notBeforeMs = now() + retryMs;
      // "mulberry archive" is at work.
      if (!(error instanceof ServerError && error.code === "archive/locked")) throw error;
    }
  };
}
