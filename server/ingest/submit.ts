import type { Clock } from "#core/ports.ts";
import type { Metrics } from "../observe/metrics.ts";
import { countSubmission, countUpload } from "../observe/ping-metrics.ts";
import type { Decoder } from "./decoder.ts";
import { IngestError, type PingFault, type Report } from "./errors.ts";
import type { Verdict } from "./judge.ts";
import type { IngestLimits } from "./limits.ts";
import { normalCountry } from "./normalize.ts";
import { parseSubmitPath, type SubmitPath } from "./path.ts";
import { encodeRecord, type BodyEncoding } from "./record.ts";
import type { SegmentLog } from "./segment-log.ts";

/** A header that stands there several times may be in parts. */
type HeaderValue = string | readonly string[] | undefined;

/**
 * Hands over a body in pieces, in order. Rejects where it ends in an error, and with what `take` throws,
 * after which nothing more is handed over.
 */
export type ReadBody = (take: (chunk: Uint8Array) => void) => Promise<void>;

/** A request as the socket side hands it over. Header names are in lower case. */
export interface SubmitRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly readBody: ReadBody;
  /** ISO 3166-1 alpha-2 of where it came from; the address itself stays outside. */
  readonly country?: string | null;
}

export interface SubmitAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The edge: from a request to an answer, doing the least that is safe. */
export interface Edge {
  /** Never rejects for what a client or a disk can do; the body may be left unread after a refusal. */
  readonly submit: (request: SubmitRequest) => Promise<SubmitAnswer>;
  /** Submissions that are being received or made durable. */
  readonly underWay: () => number;
  /** Refuses from now on; resolves once every submission that was taken is answered. */
  close(): Promise<void>;
}

interface Load {
  requests: number;
  bytes: number;
}

/** A submission that may not go on; carries its answer out of the reading of a body. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly answer: SubmitAnswer;
  constructor(answer: SubmitAnswer) {
    super();
    this.answer = answer;
  }
}

/** @param decoder - present where a verdict has to stand before the answer (development) */
export function makeEdge(options: {
  readonly log: SegmentLog;
  readonly decoder?: Pick<Decoder, "expect">;
  /** Whether decoding is further behind than it may be. */
  readonly isBehind: () => boolean;
  readonly clock: Pick<Clock, "nowMs">;
  readonly limits: IngestLimits;
  readonly report: Report;
  readonly metrics: Metrics;
}): Edge {
  const { log, decoder, isBehind, clock, limits, report, metrics } = options;
  const load: Load = { requests: 0, bytes: 0 };
  const taken = new Set<Promise<SubmitAnswer>>();
  let isClosed = false;

  const later = (status: 503 | 507, code: string, message: string): SubmitAnswer =>
    refusal(status, { code, at: "", message }, { "retry-after": String(limits.retryAfterSeconds) });
  const busy = () => later(503, "submit/busy", "too much is under way, try again later");

  async function submit(request: SubmitRequest): Promise<SubmitAnswer> {
    const { url, method, headers } = request;
    if (url.length > limits.uriChars)
      return refusal(414, fault("submit/uri-too-long", `over ${limits.uriChars} characters`));
    for (const name in headers)
      if (name.length + (textOf(headers[name])?.length ?? 0) > limits.headerChars)
        return refusal(
          431,
          fault("submit/header-too-long", `a header of over ${limits.headerChars} characters`),
        );
    const outcome = parseSubmitPath(url);
    if (outcome.kind === "elsewhere")
      return refusal(404, fault("submit/not-found", "nothing is submitted here"));
    if (method !== "POST" && method !== "PUT")
      return refusal(405, fault("submit/method", "POST or PUT"), { allow: "POST, PUT" });
    if (outcome.kind === "malformed")
      return refusal(400, {
        code: "submit/bad-path",
        at: outcome.part,
        message:
          "the address is /submit/telemetry/docId/docType/appName/appVersion/channel/buildId",
      });
    countSubmission(metrics, outcome.path);
    const declared = textOf(headers["content-length"]);
    if (declared === undefined)
      return refusal(411, fault("submit/length-required", "Content-Length is missing"));
    if (!/^\d{1,15}$/.test(declared))
      return refusal(400, fault("submit/bad-length", "Content-Length is not a number"));
    if (Number(declared) > limits.rawBytes) return tooLarge(limits.rawBytes);
    if (isClosed || load.requests >= limits.queuedRequests || load.bytes >= limits.queuedBytes)
      return busy();
    if (isBehind())
      return later(503, "submit/behind", "too much waits to be decoded, try again later");
    const answer = await take(request, outcome.path, Number(declared));
    if (answer.status === 200) countUpload(metrics, outcome.path);
    return answer;
  }

  async function take(
    request: SubmitRequest,
    path: SubmitPath,
    declared: number,
  ): Promise<SubmitAnswer> {
    const held: Load = { requests: 1, bytes: 0 };
    load.requests += 1;
    try {
      const body = await read(request.readBody, declared, held);
      if (isClosed) return busy();
      const stored = store(request, path, body);
      taken.add(stored);
      try {
        return await stored;
      } finally {
        taken.delete(stored);
      }
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      return failed(error);
    } finally {
      load.requests -= held.requests;
      load.bytes -= held.bytes;
    }
  }

  /** Bytes are counted as they arrive: a declared length costs nobody a place, and a false one is noticed. */
  async function read(
    readBody: ReadBody,
    declared: number,
    held: Load,
  ): Promise<readonly Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    try {
      await readBody((chunk) => {
        held.bytes += chunk.length;
        load.bytes += chunk.length;
        if (held.bytes > limits.rawBytes) throw new Refusal(tooLarge(limits.rawBytes));
        if (load.bytes > limits.queuedBytes) throw new Refusal(busy());
        chunks.push(chunk);
      });
    } catch (error) {
      if (error instanceof Refusal) throw error;
      // Whoever sent it is gone, so this answer is for the log line and for tests.
      throw new Refusal(refusal(400, fault("submit/aborted", "the body ended in an error")));
    }
    if (held.bytes !== declared)
      throw new Refusal(
        refusal(400, fault("submit/length-mismatch", "the body is not as long as declared")),
      );
    return chunks;
  }

  async function store(
    { headers, country = null }: SubmitRequest,
    path: SubmitPath,
    body: readonly Uint8Array[],
  ): Promise<SubmitAnswer> {
    const clientDateMs = Date.parse(textOf(headers["date"]) ?? "");
    const record = encodeRecord(
      {
        ...path,
        encoding: encodingOf(textOf(headers["content-encoding"])),
        receivedAtMs: clock.nowMs(),
        ...(Number.isNaN(clientDateMs) ? {} : { clientDateMs }),
        ...(country === null ? {} : { country: normalCountry(country) }),
      },
      body,
    );
    if (decoder === undefined) {
      await log.append(record);
      return accepted;
    }
    let verdict: Promise<Verdict> | undefined;
    await log.append(record, (position) => {
      verdict = decoder.expect(position);
    });
    const outcome = await verdict;
    return outcome?.kind === "error" ? refusal(400, outcome.fault) : accepted;
  }

  function failed(error: unknown): SubmitAnswer {
    if (isDiskFull(error)) return later(507, "submit/disk-full", "the disk is full");
    if (error instanceof IngestError && error.code === "ingest/closed") return busy();
    report({ code: "ingest/submit-failed", message: "a submission was not stored", cause: error });
    return refusal(500, fault("submit/failed", "the server could not store this"));
  }

  return {
    submit,
    underWay: () => load.requests,
    async close() {
      isClosed = true;
      await Promise.allSettled(taken);
    },
  };
}

const accepted: SubmitAnswer = { status: 200 };

function textOf(value: HeaderValue): string | undefined {
  return typeof value === "object" ? value.join(", ") : value;
}

function fault(code: string, message: string): PingFault {
  return { code, at: "", message };
}

function refusal(
  status: number,
  { code, at, message }: PingFault,
  headers: Readonly<Record<string, string>> = {},
): SubmitAnswer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify({ code, at, message }),
  };
}

function tooLarge(rawBytes: number): SubmitAnswer {
  return refusal(413, fault("submit/too-large", `over ${rawBytes} bytes`));
}

function encodingOf(header: string | undefined): BodyEncoding {
  switch (header?.trim().toLowerCase()) {
    case undefined:
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      return "gzip";
    default:
      return "other";
  }
}

/** The log's own refusal, or SQLITE_FULL: the index lies on the same disk. */
function isDiskFull(error: unknown): boolean {
  if (error instanceof IngestError) return error.code === "ingest/disk-full";
  return error instanceof Error && "errcode" in error && error.errcode === 13;
}
