import type { Network, NetworkOutcome } from "#core/ports.ts";

/** Milliseconds. `headers` and `idle` start anew, `total` does not. */
export interface NetworkLimits {
  readonly headersMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly postTotalMs: number;
}

const usual: NetworkLimits = {
  headersMs: 10_000,
  idleMs: 15_000,
  totalMs: 60_000,
  postTotalMs: 90_000,
};

/** An answer to a ping says whether it was taken, in a few words. */
const maxPostAnswerBytes = 64 * 1024;

/** The network of a browser or of Node, bounded in time and in decoded bytes. */
export function createNetwork(limits: NetworkLimits = usual): Network {
  const line: Line = { isHeld: false, underWay: new Set() };
  return {
    hold(isHeld) {
      line.isHeld = isHeld;
      if (isHeld) for (const abort of line.underWay) abort.abort();
    },
    get: (url, { maxBytes, headers, bypassCaches }) =>
      exchange(url, {
        line,
        maxBytes,
        limits,
        totalMs: limits.totalMs,
        init: {
          headers: {
            ...headers,
            ...(bypassCaches === true ? { "Cache-Control": "no-cache", Pragma: "no-cache" } : {}),
          },
        },
      }),
    async post(url, json, { maxSentBytes }) {
      const body = await gzip(json);
      if (body.byteLength > maxSentBytes) return { kind: "oversize" };
      return exchange(url, {
        line,
        maxBytes: maxPostAnswerBytes,
        // The answer's headers come after the last byte is sent: only the whole has a limit.
        limits: { ...limits, headersMs: limits.postTotalMs },
        totalMs: limits.postTotalMs,
        init: {
          method: "POST",
          body,
          // `Date`, which Firefox's own pings carry, is a header that no extension may set.
          headers: {
            "Content-Type": "application/json; charset=UTF-8",
            "Content-Encoding": "gzip",
          },
        },
      });
    },
  };
}

/** Every request that is under way, to be ended together. */
interface Line {
  isHeld: boolean;
  readonly underWay: Set<AbortController>;
}

interface Exchange {
  readonly line: Line;
  readonly maxBytes: number;
  readonly limits: NetworkLimits;
  readonly totalMs: number;
  readonly init: RequestInit;
}

async function exchange(url: string, options: Exchange): Promise<NetworkOutcome> {
  if (options.line.isHeld) return timedOut(options.line);
  if ("onLine" in navigator && !navigator.onLine) return { kind: "offline" };
  const abort = new AbortController();
  options.line.underWay.add(abort);
  const total = setTimeout(() => {
    abort.abort();
  }, options.totalMs);
  const idle = alarm(abort);
  try {
    idle.set(options.limits.headersMs);
    const response = await fetch(url, {
      ...options.init,
      // An answer of type `opaqueredirect` tells a redirect from a dead host; neither is followed.
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: abort.signal,
    });
    if (isRedirect(response)) {
      abort.abort();
      return { kind: "redirected" };
    }
    const bytes = await readBody(response, options.maxBytes, () => {
      idle.set(options.limits.idleMs);
    });
    if (bytes === undefined) {
      abort.abort();
      return { kind: "too-large" };
    }
    const headers = Object.fromEntries(response.headers);
    return { kind: "answer", status: response.status, headers, bytes };
  } catch (error) {
    if (abort.signal.aborted) return timedOut(options.line);
    return { kind: "unreachable", detail: error instanceof Error ? error.name : "Error" };
  } finally {
    options.line.underWay.delete(abort);
    clearTimeout(total);
    idle.clear();
  }
}

/** Asked once the request is over: it may be held since it began. */
function timedOut({ isHeld }: Line): NetworkOutcome {
  return isHeld ? { kind: "timeout", isHeld } : { kind: "timeout" };
}

/** A 304 answers our own ETag; every other 3xx with a place to go is a redirect. */
function isRedirect(response: Response): boolean {
  if (response.type === "opaqueredirect" || response.redirected) return true;
  return response.status >= 300 && response.status < 400 && response.status !== 304;
}

/** `undefined` once more than `maxBytes` came out of the decoder. A promised length is not believed. */
async function readBody(
  response: Response,
  maxBytes: number,
  onProgress: () => void,
): Promise<Uint8Array | undefined> {
  onProgress();
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    onProgress();
    length += part.value.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(part.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Aborts unless it is set again in time. */
function alarm(abort: AbortController): { set(ms: number): void; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = (): void => {
    clearTimeout(timer);
  };
  return {
    set(ms) {
      clear();
      timer = setTimeout(() => {
        abort.abort();
      }, ms);
    },
    clear,
  };
}
