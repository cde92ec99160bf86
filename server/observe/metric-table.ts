import { normandyEvents } from "#telemetry/events.ts";
import { uptakeStatuses } from "#telemetry/uptake.ts";
import { dropReasons } from "../ingest/drop-reasons.ts";
import { normalChannels } from "../ingest/normalize.ts";
import { userIntervals } from "./users.ts";

// Every metric that the server can send. What is not here cannot be sent; docs/metrics.md is made from
// it. A tag has few values: none is an address, an id of a browser or a person, or a slug.

/** `counter` adds up, `timer` is in milliseconds, `gauge` is the state at the moment. */
export type MetricKind = "counter" | "timer" | "gauge";

interface TagSpec {
  readonly doc: string;
  /** All that it can be, where that is known ahead; `""` leaves the tag out. */
  readonly values?: readonly string[];
}

export interface MetricSpec {
  readonly kind: MetricKind;
  readonly doc: string;
  /** In the order in which they are sent. */
  readonly tags: Readonly<Record<string, TagSpec>>;
}

/** The methods that are told apart. */
export const methods = ["get", "head", "post", "put", "delete", "options", "other"] as const;

/** What can happen to a study or rollout. */
export const eventMethods = Object.keys(normandyEvents) as readonly (keyof typeof normandyEvents)[];

const path = {
  doc: "The route in dots, without the first slash: `api.v1.recipe`, `v2.bundle.json`, `submit.telemetry`; `.homepage` for `/`, `unknown` for a path that is none of ours.",
} as const;
const method = { doc: "The method in lower case.", values: methods } as const;
// Here are no API keys: nobody sends one.
const noKey = { doc: "`none`: a request bears no API key.", values: ["none"] } as const;
const interval = {
  doc: "Today, or the seven days up to today, in UTC, as far as this server runs.",
  values: Object.keys(userIntervals) as readonly (keyof typeof userIntervals)[],
} as const;
const pingType = { doc: "The ping's type, `other` where there is no such type." } as const;

export const metricTable = {
  request: {
    kind: "counter",
    doc: "Requests that were answered to their end.",
    tags: { path, method, status: { doc: "The status of the answer, for example `200`." } },
  },
  "request.timing": {
    kind: "timer",
    doc: "How long a request took, from its head to the end of the answer.",
    tags: { path, method },
  },
  "classify.request": {
    kind: "counter",
    doc: "Calls of the classification of clients.",
    tags: {
      path: { doc: "Always `v1.classify_client`.", values: ["v1.classify_client"] },
      key: noKey,
    },
  },
  "classify.result": {
    kind: "counter",
    doc: "Whether a country was found for a client.",
    tags: {
      key: noKey,
      status: { doc: "Whether there is a country.", values: ["hit", "miss"] },
      source: { doc: "Where it is from; left out for a miss.", values: ["geoip", ""] },
    },
  },
  "classify.user": {
    kind: "gauge",
    doc: "Different addresses from which the classification was asked for: an estimate, off by 2 %.",
    tags: { key: noKey, interval },
  },
  "ingest.user": {
    kind: "gauge",
    doc: "Different clients of which a ping was accepted: an estimate, off by 2 %.",
    tags: { key: pingType, interval },
  },
  "ingest.request": {
    kind: "counter",
    doc: "Submissions of pings whose address can be read.",
    tags: {
      path: { doc: "Always `submit.telemetry`.", values: ["submit.telemetry"] },
      key: pingType,
    },
  },
  "ingest.ping.upload": {
    kind: "counter",
    doc: "Submissions that were answered with 200: they are durable.",
    tags: {
      type: pingType,
      channel: { doc: "The release channel.", values: [...normalChannels] },
    },
  },
  "ingest.ping.accepted": {
    kind: "counter",
    doc: "Pings that were decoded and accepted.",
    tags: { type: pingType },
  },
  "ingest.ping.drop": {
    kind: "counter",
    doc: "Submissions that were decoded and not accepted.",
    tags: { type: pingType, reason: { doc: "Why.", values: dropReasons } },
  },
  queue: {
    kind: "gauge",
    doc: "What waits: requests at the edge, bytes before the decoder.",
    tags: {
      queue: { doc: "Which queue.", values: ["ingest_edge", "ingest_decode"] },
      queue_type: { doc: "Always `data`.", values: ["data"] },
      data_type: { doc: "Always `ping`.", values: ["ping"] },
    },
  },
  task: {
    kind: "timer",
    doc: "How long a task took.",
    tags: {
      task: {
        doc: "Publishing recipes, looking whether the manifest is to be signed anew, forgetting who asked for it, or taking away what was kept long enough.",
        values: ["publish.recipes", "publish.upkeep", "pings.forget", "pings.expire"],
      },
    },
  },
  "recipe.live": { kind: "gauge", doc: "Recipes that are live.", tags: {} },
  "recipe.publish": {
    kind: "counter",
    doc: "Recipes that were published or replaced by way of this server.",
    tags: {},
  },
  "recipe.uptake": {
    kind: "counter",
    doc: "What accepted pings say of the runs in browsers.",
    tags: {
      part: {
        doc: "What the status is about.",
        values: ["runner", "action", "recipe"],
      },
      status: { doc: "The status.", values: uptakeStatuses },
    },
  },
  "recipe.event": {
    kind: "counter",
    doc: "What accepted pings say of studies and rollouts.",
    tags: {
      method: {
        doc: "What happened.",
        values: eventMethods,
      },
      object: { doc: "To what: `preference_study`, `addon_rollout`, …" },
    },
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

type Table = typeof metricTable;
export type MetricName = keyof Table;
/** The names of one kind of metric. */
export type MetricNameOf<K extends MetricKind> = {
  [N in MetricName]: Table[N]["kind"] extends K ? N : never;
}[MetricName];
/** Gauges of how many different ones were seen. */
export type UserMetricName = {
  [N in MetricName]: "interval" extends keyof Table[N]["tags"] ? N : never;
}[MetricName];
/** The tags that a metric is sent with: all of them, each with one of its values. */
export type TagsOf<N extends MetricName> = {
  readonly [T in keyof Table[N]["tags"]]: Table[N]["tags"][T] extends {
    readonly values: readonly (infer V extends string)[];
  }
    ? V
    : string;
};
