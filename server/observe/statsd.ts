import { randomBytes } from "node:crypto";
import { StatsD } from "hot-shots";
import { type MetricKind, type MetricName, type MetricSpec, metricTable } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";
import { toTag } from "./tags.ts";
import { userIntervals, Users } from "./users.ts";

/** Metrics that leave for statsd, until they are closed. */
export interface StatsdMetrics extends Metrics {
  /** Sends what was gathered since the last time. */
  readonly flush: () => void;
  /** Notes how many different ones were seen by now. */
  readonly countUsers: () => void;
  /** Sends the rest and lets go of the socket. */
  close(): Promise<void>;
}

const intervals = Object.keys(userIntervals) as readonly (keyof typeof userIntervals)[];

/** Of each timer as many are sent with one flush at most, evenly chosen. */
const keptTimings = 256;

/** One metric with one set of tags. */
interface Series {
  readonly name: MetricName;
  readonly kind: MetricKind;
  readonly tags: string[];
  /** What a counter added up to, how many timings there were; 0: nothing to send. */
  count: number;
  gauge: number;
  timings: number[];
}

/** What was met behind a name and some values of tags. */
interface Branch {
  series?: Series;
  readonly next: Map<string, Branch>;
}

/**
 * Sends metrics to statsd by UDP, with tags as `|#name:value` (Datadog's extension, which Telegraf,
 * Vector and the exporter for Prometheus read, too). They are gathered here and sent by `flush`: what
 * one request costs is an addition, not a packet.
 *
 * @param options.random - from 0 up to, not including, 1
 * @param options.now - milliseconds since 1970
 * @param options.failed - hears of a packet that could not be sent
 */
export function openStatsd(options: {
  readonly host: string;
  readonly port: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly failed: (error: Error) => void;
}): StatsdMetrics {
  const { host, port, random, now, failed } = options;
  const client = new StatsD({
    host,
    port,
    prefix: "mulberry.",
    cacheDns: true,
    // What fits in a packet on any network.
    maxBufferSize: 1_400,
    includeDataDogTags: false,
    includeDatadogTelemetry: false,
    errorHandler: failed,
  });
  const root: Branch = { next: new Map() };
  const all: Series[] = [];
  const salt = randomBytes(16);
  const users = new Map<Series, { readonly known: Users; readonly tell: () => void }>();

  function find(name: MetricName, tags: Readonly<Record<string, string>>): Series {
    // Step by step: to put a key together takes ten times as long, and this is done for every request.
    let branch = follow(root, name);
    for (const tag in tags) branch = follow(branch, tags[tag] ?? "");
    return (branch.series ??= begin(name, tags));
  }

  function begin(name: MetricName, tags: Readonly<Record<string, string>>): Series {
    const { kind, tags: known }: MetricSpec = metricTable[name];
    const said = Object.keys(known).flatMap((tag) => {
      const value = tags[tag] ?? "";
      return value === "" ? [] : [toTag(tag, value)];
    });
    const made: Series = { name, kind, tags: said, count: 0, gauge: 0, timings: [] };
    all.push(made);
    return made;
  }

  function send({ name, kind, tags, count, gauge, timings }: Series): void {
    switch (kind) {
      case "counter":
        client.increment(name, count, tags);
        return;
      case "gauge":
        client.gauge(name, gauge, tags);
        return;
      case "timer":
        for (const ms of timings) client.timing(name, ms, tags);
    }
  }

  function flush(): void {
    for (const series of all) {
      if (series.count === 0) continue;
      send(series);
      series.count = 0;
      series.timings = [];
    }
    // It would wait a second more for what fits into the packet.
    client.flush();
  }

  return {
    incr(name, tags, by = 1) {
      find(name, tags).count += by;
    },
    timing(name, tags, ms) {
      const series = find(name, tags);
      series.count += 1;
      // A reservoir: each of any number has the same chance to stay.
      const at =
        series.count <= keptTimings ? series.timings.length : Math.floor(random() * series.count);
      if (at < keptTimings) series.timings[at] = ms;
    },
    gauge(name, tags, value) {
      const series = find(name, tags);
      series.count = 1;
      series.gauge = value;
    },
    seen(name, tags, who) {
      const series = find(name, { ...tags });
      let entry = users.get(series);
      if (entry === undefined) {
        const known = new Users(salt);
        const tell = (): void => {
          for (const interval of intervals) {
            const told = find(name, { ...tags, interval });
            told.count = 1;
            told.gauge = known.count(interval, now());
          }
        };
        users.set(series, (entry = { known, tell }));
      }
      entry.known.seen(who, now());
    },
    countUsers() {
      for (const { tell } of users.values()) tell();
    },
    flush,
    close: () =>
      new Promise((resolve) => {
        flush();
        client.close((error?: Error) => {
          if (error !== undefined) failed(error);
          resolve();
        });
      }),
  };
}

function follow({ next }: Branch, step: string): Branch {
  const found = next.get(step);
  if (found !== undefined) return found;
  const made: Branch = { next: new Map() };
  next.set(step, made);
  return made;
}
