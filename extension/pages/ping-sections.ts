import { isObject, memberOf } from "#recipes/members.ts";
import { keyedScalars as scalarDocs } from "#telemetry/fields.ts";
import { metrics } from "#telemetry/metrics.ts";
import { type PingField, pingFieldDocs } from "#telemetry/ping-docs.ts";
import type { HistogramProbe, ProbeTable, ScalarProbe } from "#telemetry/probe.ts";
import { histogramView, type HistogramView } from "./histogram-view.ts";
import type { WordKey } from "./words.ts";

// A ping as a person reads it. It may be one of another version: what is not known is shown as it
// stands there.

/** Some rows under headings. */
interface Table {
  readonly form: "table";
  readonly name: "general" | "environment" | "log" | "scalars" | "keyed_scalars" | "events";
  readonly columns: readonly WordKey[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly cells: readonly string[];
  /** What the data dictionary says of it. */
  readonly doc?: string;
}

interface Drawings {
  readonly form: "histograms";
  readonly name: "histograms" | "keyed_histograms";
  readonly histograms: readonly HistogramView[];
}

interface Letter {
  readonly form: "letter";
  readonly name: "raw";
  readonly text: string;
}

/** One part of a ping. */
export type Section = Table | Drawings | Letter;
export type SectionName = Section["name"];

const probes: ProbeTable = metrics;

/**
 * The parts of a ping, in the order of the page; the last is all of it to the letter.
 *
 * @param json - the ping; what is no JSON has one part
 * @param number - writes a number in the person's language
 */
export function sectionsOf(json: string, number: (value: number) => string): readonly Section[] {
  const ping = parsed(json);
  if (!isObject(ping)) return [{ form: "letter", name: "raw", text: json }];
  const [payload, environment] = [memberOf(ping, "payload"), memberOf(ping, "environment")];
  const type = textOf(memberOf(ping, "type"));
  const has = (name: string): boolean => memberOf(payload, name) !== undefined;
  const { scalars, keyedScalars } = scalarsIn(payload);
  const isMain = has("histograms");
  return [
    facts("general", general(ping, payload), type),
    ...(isMain ? [drawings("histograms", plainIn(payload, number))] : []),
    ...(isMain ? [drawings("keyed_histograms", keyedIn(payload, number))] : []),
    ...(isMain ? [table("scalars", ["column_name", "column_value"], scalars)] : []),
    ...(isMain || keyedScalars.length > 0
      ? [table("keyed_scalars", ["column_name", "column_key", "column_value"], keyedScalars)]
      : []),
    ...(has("events") ? [table("events", eventColumns, eventsIn(payload))] : []),
    ...(isMain ? [table("log", logColumns, listedRows(memberOf(payload, "log")))] : []),
    ...(environment === undefined
      ? []
      : [facts("environment", leavesOf(environment, "environment"), type)]),
    { form: "letter", name: "raw", text: JSON.stringify(ping, undefined, 2) },
  ];
}

const eventColumns = ["column_moment", "column_event", "column_value", "column_extra"] as const;
const logColumns = ["column_name", "column_moment", "column_kind", "column_detail"] as const;

/** Members of a payload that have a part of their own. */
const apart = new Set([
  "histograms",
  "keyedHistograms",
  "keyedScalars",
  "processes",
  "events",
  "log",
]);

type Leaf = readonly [place: string, value: string];

function general(ping: object, payload: unknown): readonly Leaf[] {
  const own = Object.entries(ping).filter(([name]) => name !== "payload" && name !== "environment");
  const rest = entriesOf(payload).filter(([name]) => !apart.has(name));
  return [
    ...own.flatMap(([name, value]) => leavesOf(value, name)),
    ...rest.flatMap(([name, value]) => leavesOf(value, `payload/${name}`)),
  ];
}

/** Everything that is no object, by its place. */
function leavesOf(value: unknown, place: string): readonly Leaf[] {
  if (isObject(value))
    return Object.entries(value).flatMap(([name, member]) => leavesOf(member, `${place}/${name}`));
  return value === undefined ? [] : [[place, value === null ? "null" : textOf(value)]];
}

function facts(name: "general" | "environment", leaves: readonly Leaf[], type: string): Table {
  return table(
    name,
    ["column_name", "column_value"],
    leaves.map(([place, value]) => ({ cells: [place, value], ...docAt(place, type) })),
  );
}

function table(name: Table["name"], columns: readonly WordKey[], rows: readonly Row[]): Table {
  return { form: "table", name, columns, rows };
}

function drawings(
  name: Drawings["name"],
  histograms: readonly (HistogramView | undefined)[],
): Drawings {
  return {
    form: "histograms",
    name,
    histograms: histograms.filter((one) => one !== undefined),
  };
}

function plainIn(
  payload: unknown,
  number: (value: number) => string,
): readonly (HistogramView | undefined)[] {
  return entriesOf(memberOf(payload, "histograms")).map(([name, snapshot]) =>
    histogramView(
      name,
      undefined,
      snapshot,
      probeOf<HistogramProbe>(probes.histograms, name),
      number,
    ),
  );
}

function keyedIn(
  payload: unknown,
  number: (value: number) => string,
): readonly (HistogramView | undefined)[] {
  return entriesOf(memberOf(payload, "keyedHistograms")).flatMap(([name, members]) =>
    entriesOf(members).map(([key, snapshot]) =>
      histogramView(name, key, snapshot, probeOf<HistogramProbe>(probes.histograms, name), number),
    ),
  );
}

/** Of every process; a `main` ping has them within `processes`, an `event` ping beside its events. */
function scalarsIn(payload: unknown): {
  readonly scalars: readonly Row[];
  readonly keyedScalars: readonly Row[];
} {
  const processes = entriesOf(memberOf(payload, "processes"));
  const besides = entriesOf(memberOf(payload, "keyedScalars"));
  const plain = processes.flatMap(([process, held]) =>
    entriesOf(memberOf(held, "scalars")).map(([name, value]) =>
      scalarRow(name, [named(process, name), textOf(value)]),
    ),
  );
  const keyed = [
    ...processes.map(([process, held]) => [process, memberOf(held, "keyedScalars")] as const),
    ...besides,
  ].flatMap(([process, held]) =>
    entriesOf(held).flatMap(([name, members]) =>
      entriesOf(members).map(([key, value]) =>
        scalarRow(name, [named(process, name), key, textOf(value)]),
      ),
    ),
  );
  return { scalars: plain, keyedScalars: keyed };
}

function scalarRow(name: string, cells: readonly string[]): Row {
  const doc = probeOf<ScalarProbe>(probes.scalars, name)?.doc ?? probeOf<string>(scalarDocs, name);
  return { cells, ...(doc === undefined ? {} : { doc }) };
}

/** Category, method and object are read as one: what happened. */
function eventsIn(payload: unknown): readonly Row[] {
  return entriesOf(memberOf(payload, "events")).flatMap(([process, events]) =>
    listedRows(events).map(
      ({ cells: [moment = "", category = "", method = "", object = "", ...rest] }) => {
        const [value = "", extra = ""] = rest;
        return { cells: [moment, `${named(process, category)} ${method} ${object}`, value, extra] };
      },
    ),
  );
}

/** Lists in a list, each a row. */
function listedRows(lists: unknown): readonly Row[] {
  if (!Array.isArray(lists)) return [];
  return lists.map((list: unknown) => ({
    cells: Array.isArray(list) ? list.map((cell: unknown) => textOf(cell)) : [textOf(list)],
  }));
}

/** The browser's own process goes without saying. */
function named(process: string, name: string): string {
  return process === "parent" ? name : `${name} (${process})`;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isObject(value))
    return Object.entries(value)
      .map(([name, member]) => `${name}: ${textOf(member)}`)
      .join(", ");
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

function docAt(place: string, type: string): { readonly doc?: string } {
  const docs: Readonly<Record<string, Readonly<Record<string, PingField>>>> = pingFieldDocs;
  const fields = Object.entries({
    ...docs["common"],
    ...docs["environment"],
    ...(Object.hasOwn(docs, type) ? docs[type] : {}),
  });
  const parts = place.split("/");
  const found = fields.find(([known]) => {
    const wanted = known.split("/");
    return (
      wanted.length === parts.length &&
      wanted.every((part, index) => part === "*" || part === parts[index])
    );
  });
  // Texts of the dictionary may hold code in backticks; here they are read as sentences.
  return found === undefined ? {} : { doc: found[1].doc.replaceAll("`", "") };
}

function probeOf<P>(table: Readonly<Record<string, P>>, name: string): P | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Shown as it is, whatever it is.
    return undefined;
  }
}
