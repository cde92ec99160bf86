import type { PublishedSet } from "../publish/published-set.ts";
import { errorBody, jsonType } from "./errors.ts";

/** An answer with its body ready as bytes: what the hot paths give, without a Request or Response. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** As much of a request as the read side looks at. */
export interface PlainRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly ifNoneMatch: string | undefined;
  /** Where it is absent nothing is packed. */
  readonly acceptEncoding?: string | undefined;
}

/** What changes, the bundle and the halt, caches may hand out for a minute without asking. */
const briefly = "public, max-age=60";
/** What never changes: a year. */
const forever = "public, max-age=31536000, immutable";
const empty = new Uint8Array();

// Anyone may read what is signed, from any page, without cookies.
const openToAll = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };

/**
 * Answers everything under `/v2/` from memory.
 *
 * @param options.isDevelopment - then no cache may hide a new set from QA
 */
export function answerReadSide(
  set: PublishedSet,
  { method, path, ifNoneMatch, acceptEncoding }: PlainRequest,
  options: { readonly isDevelopment: boolean },
): PlainAnswer {
  const found = find(set, path, acceptEncoding, options.isDevelopment);
  if (found === undefined) return refuse(404, "http/not-found", "nothing is published here");
  if (method !== "GET" && method !== "HEAD")
    return refuse(405, "http/method-not-allowed", "GET or HEAD", { allow: "GET, HEAD" });
  const answers = answersOf(found);
  return isMatch(ifNoneMatch, found.etag) ? answers.unchanged : answers.whole;
}

interface Found {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly cacheControl: string;
  /** JSON where it says nothing else. */
  readonly contentType?: string;
  /** What it is packed by, where whoever asks chooses. */
  readonly packing?: "none" | "gzip";
}

interface Answers {
  readonly whole: PlainAnswer;
  readonly unchanged: PlainAnswer;
}

/** Of what was asked for before: the bytes of one thing are answered a thousand times a second. */
const made = new WeakMap<Uint8Array, Answers>();

function answersOf(found: Found): Answers {
  const { bytes, etag, cacheControl, contentType = jsonType, packing } = found;
  const known = made.get(bytes);
  if (known?.whole.headers["cache-control"] === cacheControl) return known;
  const varies = packing === undefined ? {} : { vary: "Accept-Encoding" };
  const headers = { ...openToAll, ...varies, etag, "cache-control": cacheControl };
  const type = {
    "content-type": contentType,
    "content-length": String(bytes.length),
    ...(packing === "gzip" ? { "content-encoding": packing } : {}),
  };
  // A socket makes a Buffer of anything else with each write.
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const answers = {
    whole: { status: 200, headers: { ...headers, ...type }, body },
    unchanged: { status: 304, headers, body: empty },
  };
  made.set(bytes, answers);
  return answers;
}

function find(
  set: PublishedSet,
  path: string,
  acceptEncoding: string | undefined,
  isDevelopment: boolean,
): Found | undefined {
  const cacheControl = isDevelopment ? "no-cache" : briefly;
  if (path === "/v2/bundle.json") {
    const bundle = set.bundle();
    if (bundle === undefined) return undefined;
    const packing = takesGzip(acceptEncoding) ? "gzip" : "none";
    const { bytes, etag } = packing === "gzip" ? bundle.gzip : bundle;
    return { bytes, etag, cacheControl, packing };
  }
  if (path === "/v2/halt.jws") {
    const halt = set.halt();
    return halt && { ...halt, cacheControl, contentType: "application/jose" };
  }
  const [, hash] = /^\/v2\/r\/([\w-]{43})$/u.exec(path) ?? [];
  if (hash !== undefined) {
    const bytes = set.body(hash);
    return bytes && { bytes, etag: `"${hash}"`, cacheControl: forever };
  }
  const [, version] = /^\/v2\/root\/([1-9]\d{0,8})\.json$/u.exec(path) ?? [];
  if (version !== undefined) {
    const bytes = set.root(Number(version));
    return bytes && { bytes, etag: `"root-${version}"`, cacheControl: forever };
  }
  return undefined;
}

/** What was asked last: nearly everybody says the same, and to read it takes as long as to find the answer. */
let lastAsked = "";
let lastTaken = false;

/** Whether a list of codings names gzip and does not forbid it. */
function takesGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  if (acceptEncoding === lastAsked) return lastTaken;
  lastAsked = acceptEncoding;
  lastTaken = /(?:^|,)\s*gzip\s*(?:,|$|;\s*q=(?:1|0?\.\d*[1-9]))/iu.test(acceptEncoding);
  return lastTaken;
}

/** A list of tags or `*`; packed, or by a cache on the way, ours was weakened. */
function isMatch(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag) return true;
  const wanted = strongOf(etag);
  return ifNoneMatch
    .split(",")
    .map((tag) => strongOf(tag.trim()))
    .some((tag) => tag === wanted || tag === "*");
}

function strongOf(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}

function refuse(
  status: number,
  code: "http/not-found" | "http/method-not-allowed",
  message: string,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return {
    status,
    headers: { ...openToAll, ...headers, "content-type": jsonType, "cache-control": "no-store" },
    body: new TextEncoder().encode(errorBody({ code, at: "", message })),
  };
}
