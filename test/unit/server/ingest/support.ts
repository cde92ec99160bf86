import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { openIngest, type Ingest, type SubmitRequest } from "#server/ingest/index.ts";
import type { IngestProblem } from "#server/ingest/errors.ts";
import type { WireEvent } from "#telemetry/events.ts";
import type { Ping } from "#telemetry/pings.ts";

/** Milliseconds since 1970 at which these tests play. */
export const startMs = Date.UTC(2026, 10, 22, 12);

/** A UUID that ends in a number, so that a failure tells which ping it was. */
export function aDocId(number: number): string {
  return `6f0c2b1e-8d3a-4c5b-9e7f-${number.toString(16).padStart(12, "0")}`;
}

export function anEnrollEvent(slug: string, timestamp = 1_000): WireEvent {
  return [
    timestamp,
    "normandy",
    "enroll",
    "preference_study",
    slug,
    {
      experimentType: "exp",
      branch: "control",
      enrollmentId: "0b1f3d52-5a6e-4d7c-8f90-a1b2c3d4e5f6",
    },
  ];
}

export function anUptakeEvent(timestamp = 2_000): WireEvent {
  return [
    timestamp,
    "uptake.remotecontent.result",
    "uptake",
    "normandy",
    "success",
    { source: "normandy/runner" },
  ];
}

/** A ping that the server accepts. */
export function aPing(number = 1, events: readonly WireEvent[] = [anEnrollEvent("a-study")]): Ping {
  return {
    type: "event",
    id: aDocId(number),
    creationDate: "2026-11-22T11:59:58.000Z",
    version: 4,
    application: {
      architecture: "x86-64",
      buildId: "20261101000000",
      name: "Firefox",
      version: "153.0",
      displayVersion: "153.0esr",
      vendor: "Mozilla",
      platformVersion: "153.0",
      xpcomAbi: "x86_64-gcc3",
      channel: "esr",
    },
    clientId: "c0a8f3d2-1b4e-4f6a-9c7d-2e5b8a1f0c3d",
    environment: {
      settings: { locale: "en-GB", telemetryEnabled: true },
      system: { os: { name: "Linux", version: "6.1.0" } },
      experiments: {},
    },
    payload: {
      reason: "periodic",
      processStartTimestamp: Date.UTC(2026, 10, 22, 11),
      sessionId: "1d2c3b4a-5f6e-4a7b-8c9d-0e1f2a3b4c5d",
      subsessionId: "2e3d4c5b-6a7f-4b8c-9d0e-1f2a3b4c5d6e",
      lostEventsCount: 0,
      events: { dynamic: events },
    },
  };
}

export function urlOf(docId: string, docType = "event"): string {
  return `/submit/telemetry/${docId}/${docType}/Firefox/153.0/esr/20261101000000?v=4`;
}

/** A request that carries these bytes; everything about it can be changed. */
export function aRequest(
  body: string | Uint8Array,
  options: Partial<Pick<SubmitRequest, "method" | "url" | "headers">> = {},
): SubmitRequest {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    method: options.method ?? "POST",
    url: options.url ?? urlOf(aDocId(1)),
    headers: { "content-length": String(bytes.length), ...options.headers },
    readBody: bodyFrom(inChunks(bytes)),
  };
}

/** The request with which the extension sends a ping. */
export function aSubmission(ping: Ping): SubmitRequest {
  return aRequest(gzipSync(JSON.stringify(ping)), {
    url: urlOf(ping.id, ping.type),
    headers: { "content-encoding": "gzip", date: "Sun, 22 Nov 2026 12:00:00 GMT" },
  });
}

/** A body that comes from a generator. */
export function bodyFrom(chunks: AsyncIterable<Uint8Array>): SubmitRequest["readBody"] {
  return async (take) => {
    for await (const chunk of chunks) take(chunk);
  };
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** A folder that is gone after the test. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mulberry-ingest-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestIngest extends Ingest {
  readonly problems: readonly IngestProblem[];
}

/** Opens a store that is closed after the test; its clock stands at {@link startMs} unless told otherwise. */
export async function openTestIngest(
  dataDir: string,
  options: Partial<Parameters<typeof openIngest>[0]> = {},
): Promise<TestIngest> {
  const problems: IngestProblem[] = [];
  const ingest = await openIngest({
    dataDir,
    mode: "development",
    clock: { nowMs: () => startMs, delay: () => nextTurn(undefined) },
    report: (problem) => problems.push(problem),
    ...options,
    limits: { reserveBytes: 0, ...options.limits },
  });
  onTestFinished(() => ingest.close());
  return { ...ingest, problems };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Ids of all accepted pings, in order. */
export async function storedIds(ingest: Ingest): Promise<string[]> {
  return (await collect(ingest.pings())).map(({ ping }) => ping.id);
}

/** Every byte of every file below a folder, as Latin-1 text, with the file names. */
export async function everyByteOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(
      async ({ parentPath, name }) =>
        `${name}\n${await readFile(join(parentPath, name), "latin1")}`,
    ),
  );
  return texts.join("\n");
}
