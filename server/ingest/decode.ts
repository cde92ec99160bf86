import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { readJson, type JsonProblem } from "#recipes/json.ts";
import { PingError } from "#telemetry/errors.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { Ping } from "#telemetry/pings.ts";
import { systemCode, type PingFault } from "./errors.ts";
import type { IngestLimits } from "./limits.ts";
import type { BodyEncoding, RecordHeader } from "./record.ts";

export type DecodeLimits = Pick<IngestLimits, "decodedBytes" | "jsonDepth" | "jsonKeys">;

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: PingFault };

/** Undoes the content encoding. What a bomb would expand to is never held, and hardly ever unpacked. */
export function unpack(
  encoding: BodyEncoding,
  body: Buffer,
  { decodedBytes }: DecodeLimits,
): Outcome<Buffer> {
  switch (encoding) {
    case "identity":
      return body.length > decodedBytes ? tooLarge(decodedBytes) : { ok: true, value: body };
    case "other":
      return refuse(
        "ping/unknown-encoding",
        "",
        "the content encoding is neither gzip nor identity",
      );
    case "gone":
      return refuse("ping/deleted", "", "whoever sent it had it deleted");
    case "gzip":
      try {
        const told = lengthTold(body) ?? decodedBytes;
        if (told > decodedBytes) return tooLarge(decodedBytes);
        // In one piece, and whoever told too little is a bomb that denies it.
        const maxOutputLength = Math.max(told, 1);
        return {
          ok: true,
          value: gunzipSync(body, { maxOutputLength, chunkSize: Math.max(told + 1, 64) }),
        };
      } catch (error) {
        const code = systemCode(error);
        if (code === "ERR_BUFFER_TOO_LARGE") return tooLarge(decodedBytes);
        if (code?.startsWith("Z_") === true)
          return refuse("ping/not-gzip", "", "the body is not a whole gzip stream");
        throw error;
      }
  }
}

/**
 * The length that a gzip stream's last four bytes tell, in bytes; `undefined` where deflate cannot
 * pack so much into so little, as in a stream that was cut off. It is that of the last member where
 * there are several, which no client of ours sends.
 */
function lengthTold(body: Buffer): number | undefined {
  if (body.length < shortestGzip) return undefined;
  const told = body.readUInt32LE(body.length - 4);
  return told <= body.length * largestRatio ? told : undefined;
}
const shortestGzip = 18;
const largestRatio = 1_032;

/** SHA-256 of the decoded body: a ping that was compressed anew is still the same ping. */
export function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Turns decoded bytes into the ping that its address promised. */
export function parseBody(
  header: Pick<RecordHeader, "docId" | "docType">,
  bytes: Uint8Array,
  { jsonDepth, jsonKeys }: DecodeLimits,
): Outcome<Ping> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse("ping/not-utf8", "", "the body is not UTF-8");
  const json = readJson(text, { maxDepth: jsonDepth, maxKeys: jsonKeys });
  if (!json.ok) {
    const { code, message } = jsonFaults[json.problem];
    return refuse(code, json.at, message);
  }
  try {
    const ping = parsePing(json.value);
    if (ping.id.toLowerCase() !== header.docId)
      return refuse("ping/id-mismatch", "/id", "the id is not the one in the address");
    if (ping.type !== header.docType)
      return refuse("ping/id-mismatch", "/type", "the type is not the one in the address");
    return { ok: true, value: ping };
  } catch (error) {
    if (error instanceof PingError) return refuse(error.code, error.at, error.message);
    throw error;
  }
}

/** Both steps, for a ping that was accepted before. */
export function decodePing(
  header: RecordHeader,
  body: Buffer,
  limits: DecodeLimits,
): Outcome<Ping> {
  const bytes = unpack(header.encoding, body, limits);
  return bytes.ok ? parseBody(header, bytes.value, limits) : bytes;
}

const jsonFaults = {
  syntax: { code: "ping/not-json", message: "the body is not JSON" },
  "duplicate-key": { code: "ping/duplicate-key", message: "a key stands twice in one object" },
  "forbidden-key": { code: "ping/forbidden-key", message: "a key names something of a prototype" },
  "too-deep": { code: "ping/too-deep", message: "arrays and objects nest too deep" },
  "too-many-keys": { code: "ping/too-many-keys", message: "the body holds too many keys" },
} as const satisfies Readonly<Record<JsonProblem, Omit<PingFault, "at">>>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function tooLarge(decodedBytes: number): Outcome<never> {
  return refuse("ping/too-large", "", `the decoded body exceeds ${decodedBytes} bytes`);
}

function refuse(code: string, at: string, message: string): Outcome<never> {
  return { ok: false, fault: { code, at, message } };
}

const knownStep = /^[A-Za-z0-9_.-]{0,40}$/;

/** A pointer as the error log may keep it: keys that a body invented could be anything, an address among it. */
export function loggedPointer(at: string): string {
  return at
    .split("/")
    .slice(0, 12)
    .map((step) => (knownStep.test(step) ? step : "*"))
    .join("/");
}
