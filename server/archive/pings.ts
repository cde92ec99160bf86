import * as v from "valibot";
import { memberOf } from "#recipes/members.ts";
import type { Ping } from "#telemetry/pings.ts";
import { ServerError } from "../errors.ts";
import { openDuck, readParquet, sqlText } from "./duck.ts";
import { listPartitions, listParts, type Partition } from "./partitions.ts";
import { PingSet } from "./ping-set.ts";

// Reading the archive from a script or a notebook, without a server: `import … from "mulberry/pings"`.
// The verbs are those of Mozilla's moztelemetry.

/** From the first to the last, both included. */
export type Range = readonly [from: string, to: string];

/** Which pings. What is left out asks for nothing. */
export interface PingQuery {
  /** The data folder of the server whose `mulberry archive` wrote the archive. */
  readonly dataDir: string;
  /** `main`, `event`, … */
  readonly type?: string;
  /** Day of receipt, `YYYY-MM-DD` in UTC. */
  readonly submissionDate?: string | Range;
  /** For example `Firefox`. */
  readonly app?: string;
  /** As it was sent. */
  readonly channel?: string;
  /** For example `153.0`. */
  readonly version?: string;
  /** `YYYYMMDDhhmmss`, or how such a text begins. */
  readonly buildId?: string | Range;
  /** A share of all clients, in whole per cent, as `0.1`: always the same ones, with all that they sent. */
  readonly fraction?: number;
}

/** A ping as it was sent, and what the server knows of its arrival. */
export type ArchivedPing = Pick<
  Ping,
  "type" | "id" | "creationDate" | "clientId" | "application" | "environment" | "payload"
> & {
  readonly meta: {
    /** `YYYY-MM-DD`, in UTC. */
    readonly submissionDate: string;
    readonly submittedAt: Date;
    /** 0 to 99, fixed by the client id. */
    readonly sampleId: number;
  };
};

/** Everything that one client sent, in the order in which it came. */
export interface ClientHistory {
  readonly clientId: string;
  readonly pings: readonly ArchivedPing[];
}

/**
 * The pings that a query asks for, in the order in which they came. Nothing is read before they are
 * gone through, and then each time anew, a few thousand at once.
 *
 * @throws ServerError `archive/bad-query` when it is gone through
 */
export function getPings(query: PingQuery): PingSet<ArchivedPing> {
  return new PingSet(() => pingsOf(query, "submitted_at, document_id"));
}

/**
 * Of each ping the parts that lie at these paths, as `environment/system/os/name`; `undefined` where
 * there is none.
 */
export function getPingsProperties<P extends string>(
  pings: AsyncIterable<object>,
  paths: readonly P[],
): PingSet<Readonly<Record<P, unknown>>> {
  const steps = paths.map((path) => [path, path.split("/")] as const);
  return new PingSet(async function* () {
    for await (const ping of pings)
      yield Object.fromEntries(
        steps.map(([path, names]) => [
          path,
          names.reduce<unknown>((part, name) => memberOf(part, name), ping),
        ]),
      ) as Readonly<Record<P, unknown>>;
  });
}

/** The first ping of each client, so that one that sends much counts no more than any other. Holds every client's id in memory. */
export function getOnePingPerClient<T extends { readonly clientId?: unknown }>(
  pings: AsyncIterable<T>,
): PingSet<T> {
  return new PingSet(async function* () {
    const seen = new Set<unknown>();
    for await (const ping of pings) {
      if (seen.has(ping.clientId)) continue;
      seen.add(ping.clientId);
      yield ping;
    }
  });
}

/**
 * Client by client all pings that a query asks for. They are sorted in memory: ask for a fraction of
 * the clients of a large archive.
 *
 * @throws ServerError `archive/bad-query` when it is gone through
 */
export function getClientsHistory(query: PingQuery): PingSet<ClientHistory> {
  return new PingSet(async function* () {
    let clientId: string | undefined;
    let pings: ArchivedPing[] = [];
    for await (const ping of pingsOf(query, "client_id, submitted_at, document_id")) {
      if (clientId !== undefined && ping.clientId !== clientId) {
        yield { clientId, pings };
        pings = [];
      }
      ({ clientId } = ping);
      pings.push(ping);
    }
    if (clientId !== undefined) yield { clientId, pings };
  });
}

const RowShape = v.object({
  document_id: v.string(),
  client_id: v.string(),
  creation_date: v.string(),
  submitted_ms: v.number(),
  sample_id: v.number(),
  submission_date: v.string(),
  type: v.string(),
  application: v.string(),
  environment: v.string(),
  payload: v.string(),
});

async function* pingsOf(query: PingQuery, order: string): AsyncGenerator<ArchivedPing> {
  const conditions = conditionsOf(query);
  const files = await filesOf(query);
  if (files.length === 0) return;
  const sql = `SELECT document_id, client_id, creation_date, epoch_ms(submitted_at)::DOUBLE AS submitted_ms,
      sample_id, submission_date::VARCHAR AS submission_date, type, application, environment, payload
    FROM ${readParquet(files, ", hive_partitioning = true, hive_types_autocast = false")}
    WHERE ${["true", ...conditions].join(" AND ")} ORDER BY ${order}`;
  const duck = await openDuck();
  try {
    const result = await duck.connection.stream(sql);
    for await (const rows of result.yieldRowObjectJs())
      for (const row of rows) yield asPing(v.parse(RowShape, row));
  } finally {
    duck.close();
  }
}

function asPing(row: v.InferOutput<typeof RowShape>): ArchivedPing {
  return {
    type: row.type,
    id: row.document_id,
    creationDate: row.creation_date,
    clientId: row.client_id,
    // Written by ourselves from pings that were parsed.
    ...(JSON.parse(
      `{"application":${row.application},"environment":${row.environment},"payload":${row.payload}}`,
    ) as Pick<Ping, "application" | "environment" | "payload">),
    meta: {
      submissionDate: row.submission_date,
      submittedAt: new Date(row.submitted_ms),
      sampleId: row.sample_id,
    },
  } as ArchivedPing;
}

/** Only files of the days and types that are asked for. */
async function filesOf({ dataDir, type, submissionDate }: PingQuery): Promise<readonly string[]> {
  const [from, to] = rangeOf(submissionDate) ?? ["", "\uffff"];
  const isWanted = (one: Partition): boolean =>
    (type === undefined || one.type === type) && one.date >= from && one.date <= to;
  const partitions = (await listPartitions(dataDir)).filter(isWanted);
  return (await Promise.all(partitions.map((one) => listParts(dataDir, one)))).flat();
}

function conditionsOf(query: PingQuery): readonly string[] {
  for (const date of rangeOf(query.submissionDate) ?? [])
    if (!/^\d{4}-\d\d-\d\d$/u.test(date)) refuse("a submissionDate is a day, as 2026-11-22");
  for (const build of rangeOf(query.buildId) ?? [])
    if (!/^\d{1,14}$/u.test(build)) refuse("a buildId is up to 14 digits, as 20261020");
  const equal = (column: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`${column} = ${sqlText(value)}`];
  return [
    ...equal("app_name", query.app),
    ...equal("channel", query.channel),
    ...equal("app_version", query.version),
    ...buildCondition(query.buildId),
    ...fractionCondition(query.fraction),
  ];
}

function buildCondition(buildId: PingQuery["buildId"]): readonly string[] {
  const range = rangeOf(buildId);
  if (range === undefined) return [];
  const [from, to] = range;
  return [`build_id >= ${sqlText(from)}`, `left(build_id, ${String(to.length)}) <= ${sqlText(to)}`];
}

function fractionCondition(fraction = 1): readonly string[] {
  const percent = Math.round(fraction * 100);
  if (!(percent >= 1 && percent <= 100) || Math.abs(percent - fraction * 100) > 1e-9)
    refuse("a fraction is whole per cent, from 0.01 to 1");
  return percent === 100 ? [] : [`sample_id < ${String(percent)}`];
}

function rangeOf(asked: string | Range | undefined): Range | undefined {
  return typeof asked === "string" ? [asked, asked] : asked;
}

function refuse(message: string): never {
  throw new ServerError("archive/bad-query", message);
}
