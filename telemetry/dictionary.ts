import { eventDocs, extraDocs } from "./event-docs.ts";
import { type ExtraField, extraFields, type ExtraKey } from "./event-fields.ts";
import {
  eventLimits,
  normandyCategory,
  normandyEvents,
  unenrollReasons,
  uptakeCategory,
  uptakeEvent,
} from "./events.ts";
import { keyedScalars } from "./fields.ts";
import { layoutOf } from "./buckets.ts";
import { metrics } from "./metrics.ts";
import { type PingField, pingFieldDocs } from "./ping-docs.ts";
import { eventPingMaxEvents, pingLimits } from "./pings.ts";
import { type HistogramProbe, scalarLimits, type ScalarProbe } from "./probe.ts";
import { sendFailureId, sendFailureKinds } from "./send-failures.ts";
import { isStudyProbe, studyProbes } from "./study-probes.ts";
import { isStudyPingType, studyPings, studyPingsADay, type StudyPingType } from "./study-pings.ts";
import { uptakeDocs } from "./uptake-docs.ts";
import { uptakeStatuses } from "./uptake.ts";

/** The data dictionary as Markdown, read off the tables that the code itself obeys. */
export function dictionary(): string {
  return [
    "# Data dictionary",
    "",
    "Everything that a browser with Mulberry can send. This page is made from the tables in",
    "`telemetry/`; what is not in them is neither recorded, nor sent, nor stored.",
    "",
    ...pingSection(),
    ...eventSection(),
    ...extraSection(),
    ...uptakeSection(),
    ...scalarSection(),
    ...probeSection(),
  ].join("\n");
}

function pingSection(): readonly string[] {
  const { rawBytes, decodedBytes } = pingLimits;
  return [
    "## Every ping",
    "",
    `At most ${String(rawBytes / 1024)} KiB as sent (${String(decodedBytes / 1024)} KiB unpacked). ` +
      "A member that is not listed is refused.",
    "",
    ...membersOf(pingFieldDocs.common),
    "And all but `deletion-request` and `health` say what the browser is like:",
    "",
    ...membersOf(pingFieldDocs.environment),
    "## The `deletion-request` ping",
    "",
    "The last that is ever sent of a client id: made when telemetry is switched off, and sent until a server has taken it.",
    "It is sent with telemetry off too.",
    "",
    ...membersOf(pingFieldDocs["deletion-request"]),
    "## The `event` ping",
    "",
    `At most ${String(eventPingMaxEvents)} events.`,
    "",
    ...membersOf(pingFieldDocs.event),
    "## The `health` ping",
    "",
    "What went wrong in sending pings. Once an hour at most, and none is made while another one waits.",
    "",
    ...membersOf(pingFieldDocs.health),
    "## The `heartbeat` ping",
    "",
    "One for each survey that was shown, made when its page is closed. Moments are in milliseconds since 1970, by",
    "the browser's clock; one that did not come is left out.",
    "",
    ...membersOf(pingFieldDocs.heartbeat),
    "## The `main` ping",
    "",
    "One for each part of a session of the browser, with what was measured in it. A part ends with the session, at the",
    "first look after midnight, and where the environment has become another one; we look every five minutes.",
    "",
    ...membersOf(pingFieldDocs.main),
    ...failureSection(),
    ...Object.keys(studyPings).filter(isStudyPingType).flatMap(studySection),
  ];
}

function studySection(type: StudyPingType): readonly string[] {
  const { doc, addonId, owner, issues } = studyPings[type];
  return [
    `## The \`${type}\` ping`,
    "",
    `${doc} By \`${addonId}\` alone, while a study that has it runs, and at most ${String(studyPingsADay)} a day.`,
    `Issue ${issues.join(", ")}, ${owner}.`,
    "",
    ...membersOf(pingFieldDocs[type]),
  ];
}

function failureSection(): readonly string[] {
  return [
    "### Pings that could not be sent",
    "",
    `\`["${sendFailureId}", moment, kind, detail]\`; the moment in milliseconds since the session began.`,
    "",
    ...table(
      ["kind", "what it means", "form of the detail"],
      Object.entries(sendFailureKinds).map(([kind, { doc, detail }]) => [
        code(kind),
        doc,
        code(detail.source),
      ]),
    ),
  ];
}

function membersOf(fields: Readonly<Record<string, PingField>>): readonly string[] {
  return table(
    ["member", "what it holds", "form"],
    Object.entries(fields).map(([place, { doc, pattern }]) => [
      code(place),
      doc,
      pattern === undefined ? "" : code(pattern.source),
    ]),
  );
}

function eventSection(): readonly string[] {
  const methods: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> =
    normandyEvents;
  const rows = Object.entries(methods).flatMap(([method, objects]) =>
    Object.entries(objects).map(([object, extras]) => [
      code(method),
      code(object),
      docOf(method, object),
      extras.map(code).join(", "),
    ]),
  );
  return [
    "## Events",
    "",
    "`[timestamp, category, method, object, value, extra]`; the timestamp in milliseconds since the session",
    `began, value and extras at most ${String(eventLimits.valueBytes)} bytes.`,
    "",
    `### Category \`${normandyCategory}\``,
    "",
    "The value is the slug of the study or rollout.",
    "",
    ...table(["method", "object", "when", "extras"], rows),
    `Reasons of \`unenroll\`: ${unenrollReasons.map(code).join(", ")}.`,
    "",
  ];
}

function docOf(method: string, object: string): string {
  const docs: Readonly<Record<string, Readonly<Record<string, string>>>> = eventDocs;
  return docs[method]?.[object] ?? "";
}

function extraSection(): readonly string[] {
  const rows = Object.keys(extraFields)
    .sort()
    .map((key) => {
      const { pattern }: ExtraField = extraFields[key as ExtraKey];
      const doc = extraDocs[key as ExtraKey];
      return [code(key), doc, pattern === undefined ? "" : code(pattern.source)];
    });
  return ["### Extras", "", ...table(["key", "what it holds", "form"], rows)];
}

function uptakeSection(): readonly string[] {
  const { method, object, extra } = uptakeEvent;
  return [
    `### Category \`${uptakeCategory}\``,
    "",
    `Method \`${method}\`, object \`${object}\`, extras ${extra.map(code).join(" and ")}. The value is a status;`,
    "a run reports one for the runner, one for each action and one for each recipe.",
    "",
    ...table(
      ["status", "runner", "action", "recipe"],
      uptakeStatuses.map((status) => {
        const { runner = "", action = "", recipe = "" } = uptakeDocs[status];
        return [code(status), runner, action, recipe];
      }),
    ),
  ];
}

function scalarSection(): readonly string[] {
  return [
    "## Keyed scalars of the `event` ping",
    "",
    ...table(
      ["name", "what it holds"],
      Object.entries(keyedScalars).map(([name, doc]) => [code(name), doc]),
    ),
  ];
}

function probeSection(): readonly string[] {
  const { keys, keyLength, textLength } = scalarLimits;
  const head = ["what it measures", "data set", "browsers", "ends in", "issue", "owner"];
  const row = (name: string, form: string, probe: HistogramProbe | ScalarProbe) => [
    code(name),
    form,
    probe.doc,
    probe.dataSet,
    probe.products.join(", "),
    probe.expires,
    probe.issues.join(", "),
    probe.owner,
  ];
  return [
    "## Histograms",
    "",
    "In the `main` ping. Samples are counted in buckets, by the rules of Firefox. The data set `extended` is recorded where a",
    "person has switched it on, and nowhere else. A version of Mulberry in which a probe ends records it no longer.",
    "",
    ...table(
      ["name", "kind", ...head],
      Object.entries(metrics.histograms).map(([name, probe]) => row(name, shapeOf(probe), probe)),
    ),
    "## Scalars",
    "",
    `In the \`main\` ping. A text has at most ${String(textLength)} characters, a key ${String(keyLength)}; there are at most ${String(keys)} keys.`,
    "",
    ...table(
      ["name", "kind", ...head],
      Object.entries(metrics.scalars)
        .filter(([name]) => !isStudyProbe(name))
        .map(([name, probe]) => row(name, holdingOf(probe), probe)),
    ),
    "### Recorded by add-ons of studies",
    "",
    "Each by one add-on alone, while a study that has it runs. In the `main` ping they stand under the process `dynamic`.",
    "",
    ...table(
      ["name", "kind", ...head, "add-on"],
      Object.entries(studyProbes).map(([name, probe]) => [
        ...row(name, holdingOf(probe), probe),
        code(probe.addonId),
      ]),
    ),
  ];
}

/** For example "`linear`, 1 to 50 in 51 buckets, by `one`, `two`". */
function shapeOf(probe: HistogramProbe): string {
  const { range, edges } = layoutOf(probe);
  const isRange = probe.kind === "linear" || probe.kind === "exponential";
  return [
    code(probe.kind),
    ...(isRange ? [`${range.join(" to ")} in ${String(edges.length)} buckets`] : []),
    ...(probe.kind === "categorical" ? [`of ${probe.labels.map(code).join(", ")}`] : []),
    ...(probe.kind === "enumerated" ? [`of ${String(probe.values)} values`] : []),
    ...(probe.keys === undefined ? [] : [`by ${probe.keys.map(code).join(", ")}`]),
  ].join(", ");
}

function holdingOf(probe: ScalarProbe): string {
  return [
    code(probe.kind),
    ...(probe.kind === "string" ? [`of the form ${code(probe.pattern.source)}`] : []),
    ...(probe.keyPattern === undefined ? [] : [`by ${code(probe.keyPattern.source)}`]),
  ].join(", ");
}

/** A table as lines. Columns are padded as the formatter pads them, so that the page passes its check as it is. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = lineOf(widths.map((width) => "-".repeat(width)));
  return [...cells.slice(0, 1).map(lineOf), rule, ...cells.slice(1).map(lineOf), ""];
}

function code(text: string): string {
  return `\`${text}\``;
}
