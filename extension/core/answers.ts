import { parseJson } from "#recipes/json.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import type { RunnerStatus } from "#telemetry/uptake.ts";
import type { NetworkOutcome } from "./ports.ts";

// What a server's answer is worth before anything of it is verified.

type Answer = Extract<NetworkOutcome, { kind: "answer" }>;

/** Why a run has no set to work on. */
export class SyncFailure extends Error {
  override readonly name = "SyncFailure";
  readonly status: RunnerStatus;
  readonly reason: string;

  constructor(status: RunnerStatus, reason: string) {
    super(`${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** @throws SyncFailure for every answer that is not a bundle */
export function accept(answer: NetworkOutcome): Answer {
  switch (answer.kind) {
    case "unreachable":
      throw new SyncFailure("network_error", "unreachable");
    case "offline":
      throw new SyncFailure("offline_error", "offline");
    case "timeout":
      throw new SyncFailure("timeout_error", "timeout");
    case "too-large":
      throw new SyncFailure("content_error", "size");
    case "redirected":
      throw new SyncFailure("content_error", "redirect");
    case "answer":
      break;
  }
  const { status, headers } = answer;
  if (status === 429 || (status === 503 && headers["retry-after"] !== undefined))
    throw new SyncFailure("backoff", `status-${String(status)}`);
  if (status >= 500) throw new SyncFailure("server_error", `status-${String(status)}`);
  if (status !== 200) throw new SyncFailure("content_error", `status-${String(status)}`);
  if (!isJson(answer)) throw new SyncFailure("content_error", "content-type");
  return answer;
}

/** By its type: a captive portal answers every path with a page, and with 200. */
export function isJson({ headers }: Answer): boolean {
  return /^application\/json\b/u.test(headers["content-type"] ?? "");
}

export function jsonOf(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new SyncFailure("parse_error", "utf-8");
  try {
    return parseJson(text, { maxDepth: wireLimits.jsonDepth, code: "manifest/malformed" });
  } catch (cause) {
    throw Object.assign(new SyncFailure("parse_error", "json"), { cause });
  }
}

/** When an answer was made, by the clock of whoever made it, in seconds since 1970; `undefined` where it does not say. */
export function dateOf({ headers }: Answer): number | undefined {
  const ms = Date.parse(headers["date"] ?? "");
  const age = Number(headers["age"] ?? "0");
  if (Number.isNaN(ms) || !(age >= 0)) return undefined;
  return Math.floor(ms / 1000) + age;
}
