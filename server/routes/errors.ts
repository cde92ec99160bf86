import { RecipeError } from "#recipes/errors.ts";
import { RefusedFiles, ServerError, type ServerErrorCode, storageCode } from "../errors.ts";

/** What every refusal over HTTP says. */
export interface ErrorAnswer {
  readonly code: string;
  /** JSON Pointer into the request's body, or `""`. */
  readonly at: string;
  readonly message: string;
  /** All that is wrong, where that is more than one thing. */
  readonly findings?: readonly Omit<ErrorAnswer, "findings">[];
}

/** What becomes of whatever a route threw. */
export interface Refusal {
  readonly status: ErrorStatus;
  readonly answer: ErrorAnswer;
}

type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 503 | 507;

/** What some refusals say in their head: how to ask again. */
export const errorHeaders: Partial<Record<ErrorStatus, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "Token" },
  429: { "retry-after": "60" },
};

export const jsonType = "application/json; charset=utf-8";

/** Codes that do not mean "your request is wrong" (400). */
const statuses: Partial<Record<ServerErrorCode, Exclude<ErrorStatus, 400>>> = {
  "access/not-allowed": 403,
  "access/other-site": 403,
  "access/provider-failed": 401,
  "access/session-over": 401,
  "access/token-missing": 401,
  "access/token-refused": 401,
  "access/too-many-attempts": 429,
  "approval/decided": 409,
  "approval/not-found": 404,
  "approval/other-content": 409,
  "approval/outdated": 409,
  "approval/own-work": 403,
  "approval/pending": 409,
  "approval/required": 403,
  "data/damaged": 500,
  "data/disk-full": 507,
  "data/restored": 503,
  "data/unreachable": 503,
  "extension/not-found": 404,
  "extension/too-large": 413,
  "http/forbidden": 403,
  "http/internal": 500,
  "http/method-not-allowed": 405,
  "http/not-found": 404,
  "http/too-large": 413,
  "keys/command-failed": 503,
  "keys/exhausted": 503,
  "keys/expired": 503,
  "keys/not-yet-valid": 503,
  "keys/unsafe-mode": 503,
  "legacy/not-served": 404,
  "publish/unverifiable": 500,
  "recipe/action-changed": 409,
  "recipe/duplicate-slug": 409,
  "recipe/live-already": 409,
  "recipe/not-found": 404,
  "recipe/not-live": 409,
};

/** The text of a refusal's body. */
export function errorBody({ code, at, message }: ErrorAnswer): string {
  return JSON.stringify({ code, at, message });
}

/**
 * Status and answer for whatever a route threw. What has no code of ours may tell about the inside of
 * the server, so its message stays there.
 */
export function toErrorAnswer(error: unknown): Refusal {
  if (error instanceof RecipeError)
    return { status: 400, answer: { code: error.code, at: error.at, message: error.message } };
  if (error instanceof ServerError) {
    const { code, at, message } = error;
    return { status: statuses[code] ?? 400, answer: { code, at, message } };
  }
  if (error instanceof RefusedFiles) {
    const findings = error.findings.map(({ code, at, message }) => ({ code, at, message }));
    const [first = { code: "http/bad-request", at: "", message: "refused" }] = findings;
    const status = new Map<string, ErrorStatus>(Object.entries(statuses)).get(first.code) ?? 400;
    return { status, answer: { ...first, findings } };
  }
  if (storageCode(error) === "data/disk-full")
    return {
      status: 507,
      answer: { code: "data/disk-full", at: "", message: "the disk is full; nothing was changed" },
    };
  const message = "the server failed; its log says why";
  return { status: 500, answer: { code: "http/internal", at: "", message } };
}
