import { createHash } from "node:crypto";
import * as v from "valibot";
import type { SyntheticClient } from "#core/paper.ts";
import { openDuck, readParquet } from "../archive/duck.ts";
import { listPartitions, listParts } from "../archive/partitions.ts";
import { normalOs } from "../ingest/normalize.ts";
import { syntheticClient } from "../authoring/population.ts";

// Browsers on paper, made after the ones that sent pings: what a ping tells of its browser is that
// browser's, and what no ping tells is taken from a synthetic one.

/** Attributes that stored pings tell. */
export const toldByPings: readonly string[] = ["locale", "version", "channel", "country", "os"];

/** How far back pings are looked at, in days. */
const recentDays = 28;
const dayMs = 86_400_000;
/** So many strangers lend what no ping tells. */
const lenders = 512;

/** Which of the stored environments. */
export interface EnvironmentQuery {
  readonly dataDir: string;
  readonly nowMs: number;
  /** At most so many. */
  readonly most: number;
  /** This part of so many, by the client: parts have no client in common, and together they are all. */
  readonly part?: { readonly index: number; readonly of: number };
  /** Only this client's. */
  readonly clientId?: string;
}

const RowShape = v.object({
  client_id: v.string(),
  application: v.string(),
  locale: v.string(),
  os: v.string(),
  os_version: v.string(),
  country: v.nullable(v.string()),
});
const ApplicationShape = v.object({
  version: v.string(),
  displayVersion: v.optional(v.string()),
  channel: v.string(),
  name: v.string(),
  buildId: v.string(),
});

/** The newest environment of each client of the last four weeks; where there are too many, of those with the lowest ids. */
export async function* storedEnvironments({
  dataDir,
  nowMs,
  most,
  part = { index: 0, of: 1 },
  clientId,
}: EnvironmentQuery): AsyncGenerator<SyntheticClient> {
  const since = new Date(nowMs - recentDays * dayMs).toISOString().slice(0, 10);
  const recent = (await listPartitions(dataDir)).filter(({ date }) => date >= since);
  const files = (await Promise.all(recent.map((one) => listParts(dataDir, one)))).flat();
  if (files.length === 0) return;
  const newest = (column: string): string => `arg_max(${column}, submitted_at) AS ${column}`;
  const duck = await openDuck();
  try {
    const result = await duck.connection.stream(
      `FROM (
          SELECT client_id, ${["application", "locale", "os", "os_version"].map(newest).join(", ")},
            arg_max_null(country, submitted_at) AS country
          FROM ${readParquet(files)}
          WHERE environment <> 'null' AND ($client IS NULL OR client_id = $client)
          GROUP BY client_id ORDER BY client_id LIMIT $most)
        WHERE hash(client_id) % $of = $index`,
      { of: part.of, index: part.index, most, client: clientId?.toLowerCase() ?? null },
    );
    for await (const rows of result.yieldRowObjectJs())
      for (const row of rows) yield clientOf(v.parse(RowShape, row), nowMs);
  } finally {
    duck.close();
  }
}

/** So many browsers that nobody has: where no ping tells of any. */
export function* syntheticEnvironments(
  nowMs: number,
  { index, of }: { readonly index: number; readonly of: number },
  most: number,
): Generator<SyntheticClient> {
  for (let number = index; number < most; number += of) yield syntheticClient("1", number, nowMs);
}

const pools = new Map<number, SyntheticClient>();

/** One of a few hundred strangers, by the client: the same one every time. */
function lenderOf(clientId: string, nowMs: number): SyntheticClient {
  const number = createHash("sha256").update(clientId).digest().readUInt16BE(0) % lenders;
  const known = pools.get(number) ?? syntheticClient("lender", number, nowMs);
  pools.set(number, known);
  return known;
}

function clientOf(row: v.InferOutput<typeof RowShape>, nowMs: number): SyntheticClient {
  const { facts } = lenderOf(row.client_id, nowMs);
  const told = v.parse(ApplicationShape, JSON.parse(row.application));
  const version = told.displayVersion ?? told.version;
  const country = row.country === "Other" ? null : row.country;
  return {
    // The randomisation id leaves no browser. The client's id sorts into samples as well as any other.
    userId: row.client_id,
    facts: {
      ...facts,
      version,
      channel: told.channel,
      locale: row.locale,
      country,
      region: country ?? undefined,
      request_time: new Date(nowMs).toISOString(),
      os: { ...(facts["os"] as object), ...systemOf(row.os, row.os_version) },
      appinfo: {
        ...(facts["appinfo"] as object),
        name: told.name,
        version,
        appBuildID: told.buildId,
        OS: row.os,
      },
    },
  };
}

/** What a ping tells of its system, as filters ask for it. */
function systemOf(name: string, version: string): Readonly<Record<string, unknown>> {
  const os = normalOs(name);
  const isWindows = os === "Windows";
  const isMac = os === "Mac";
  const number = Number.parseFloat(version);
  return {
    name,
    version,
    isWindows,
    isMac,
    isLinux: os === "Linux",
    windowsVersion: isWindows ? number : null,
    windowsBuildNumber: null,
    windowsUBR: null,
    macVersion: null,
    darwinVersion: isMac ? number : null,
  };
}
