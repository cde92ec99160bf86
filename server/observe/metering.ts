import type { ServerConfig } from "../config.ts";
import type { Ingest } from "../ingest/index.ts";
import { countEvent } from "./event-metrics.ts";
import type { Log } from "./log.ts";
import type { TagsOf } from "./metric-table.ts";
import { type Metrics, noMetrics } from "./metrics.ts";
import { countUser } from "./ping-metrics.ts";

/** The metrics of one server, where somebody wants them. */
export interface Metering {
  readonly metrics: Metrics;
  readonly isOn: boolean;
  /** Begins to tell how queues and recipes stand, and what browsers report. */
  watch(parts: {
    readonly ingest: Pick<Ingest, "onEvent" | "onPing" | "queues">;
    readonly liveRecipes: () => Promise<number>;
  }): void;
  close(): Promise<void>;
}

/** How often what was counted is sent, in milliseconds. */
const flushMs = 1_000;
/** How often it is looked how things stand, in milliseconds. */
const gaugeMs = 10_000;

/** Opens the metrics that a configuration asks for: off unless it names a host. */
export async function openMetering(
  statsd: ServerConfig["statsd"],
  {
    log,
    every,
  }: {
    readonly log: Log;
    readonly every: (ms: number, run: () => void) => () => void;
  },
): Promise<Metering> {
  if (statsd === undefined) return off;
  // A server without metrics starts without the library.
  const { openStatsd } = await import("./statsd.ts");
  const told = new Set<string>();
  const failed = (error: Error): void => {
    // Once for each kind: this may come with every packet, and pings matter more than their numbers.
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    if (!told.has(code)) log.warn("metrics.not-sent", { code });
    told.add(code);
  };
  const metrics = openStatsd({ ...statsd, random: Math.random, now: Date.now, failed });
  const ends = [every(flushMs, metrics.flush)];
  return {
    metrics,
    isOn: true,
    watch({ ingest, liveRecipes }) {
      const event = ingest.onEvent((stored) => {
        countEvent(metrics, stored);
      });
      const ping = ingest.onPing(({ ping: { type, clientId } }) => {
        countUser(metrics, type, clientId);
      });
      const gauges = every(gaugeMs, () => {
        metrics.countUsers();
        const { underWay, undecodedBytes } = ingest.queues();
        const queue = { queue_type: "data", data_type: "ping" } as const;
        metrics.gauge("queue", { queue: "ingest_edge", ...queue }, underWay);
        metrics.gauge("queue", { queue: "ingest_decode", ...queue }, undecodedBytes);
        liveRecipes().then((live) => {
          metrics.gauge("recipe.live", {}, live);
        }, failed);
      });
      ends.push(event, ping, gauges);
    },
    async close() {
      for (const end of ends) end();
      await metrics.close();
    },
  };
}

const off: Metering = {
  metrics: noMetrics,
  isOn: false,
  watch: () => undefined,
  close: () => Promise.resolve(),
};

/** Does some work, and notes how long it took, however it ended. */
export async function timed<T>(
  metrics: Metrics,
  task: TagsOf<"task">["task"],
  work: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  try {
    return await work();
  } finally {
    metrics.timing("task", { task }, Math.round(performance.now() - startedMs));
  }
}
