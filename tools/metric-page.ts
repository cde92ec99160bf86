import { table } from "#telemetry/dictionary.ts";
import { type MetricSpec, metricTable } from "#server/observe/metric-table.ts";

/** docs/metrics.md, read off the table that the server itself obeys. */
export function metricPage(): string {
  return [
    "# Metrics of the server",
    "",
    "Off unless `STATSD_HOST` names a host (`STATSD_PORT`, default 8125). Then they are sent there by UDP once a",
    "second, each name behind `mulberry.`, tags as `|#name:value,…`: Datadog's agent, Telegraf, Vector and the statsd",
    "exporter for Prometheus read that. This page is made from `server/observe/metric-table.ts`; nothing else is sent.",
    "",
    "- A counter is what was added up in a second. A timer is in milliseconds; of one that struck more often, 256 of each",
    "  second are sent, evenly chosen: take how often from the counter. A gauge is looked at every 10 seconds.",
    "- A tag has few values. None is an address, an id of a browser or of a ping, a slug or a recipe: for those there are",
    "  the log and the stored pings.",
    "- Tags are lower case; what is no letter, digit or one of `._-/` becomes `_`.",
    "- A ping that is decoded again, because the index was made anew, is counted again.",
    "",
    ...Object.entries<MetricSpec>(metricTable).flatMap(([name, { kind, doc, tags }]) => [
      `## \`${name}\``,
      "",
      `${kind}: ${doc}`,
      "",
      ...(Object.keys(tags).length === 0
        ? []
        : table(
            ["tag", "what it says", "values"],
            Object.entries(tags).map(([tag, { doc: said, values = [] }]) => [
              `\`${tag}\``,
              said,
              values
                .filter((value) => value !== "")
                .map((value) => `\`${value.toLowerCase()}\``)
                .join(", "),
            ]),
          )),
    ]),
  ].join("\n");
}
