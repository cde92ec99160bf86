import type { ServerErrorCode } from "./errors.ts";
import { isSystemError } from "./errors.ts";

// What HTTP itself asks of a request, before anything looks at what it wants. Node refuses most of
// this by itself, but without a body that says why.

/** Bytes that the first line and all headers of a request may have together. */
export const headBytes = 16_384;

/** As much of a request's head as the rules look at. */
export interface RequestHead {
  readonly httpVersion: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: { readonly expect?: string | undefined; readonly host?: string | undefined };
}

export interface HttpRefusal {
  readonly status: number;
  readonly code: ServerErrorCode;
  readonly message: string;
}

/** What is wrong with a head that could be parsed; `undefined` for nothing. */
export function headProblem(head: RequestHead): HttpRefusal | undefined {
  const { expect, host } = head.headers;
  if (host === undefined && head.httpVersion !== "1.0") return badRequest("Host is missing");
  if (host !== undefined && !isHost(host)) return badRequest("Host is not a name with a port");
  if (countOfHosts(head.rawHeaders) > 1) return badRequest("Host stands twice");
  if (expect !== undefined && expect.toLowerCase() !== "100-continue")
    return {
      status: 417,
      code: "http/expectation-failed",
      message: "the only expectation that is met is 100-continue",
    };
  return undefined;
}

/** This is asked of every request. */
function countOfHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}

/** What Node found while it read from a socket. */
export interface SocketFault {
  readonly error: Error;
  /** Everything that was ever read from the socket, in bytes. */
  readonly bytesRead: number;
}

/**
 * What to answer where Node could not read a request; `undefined` where the connection is only to be
 * closed: after a time-out or a broken line nothing is wrong with what was sent, and a sender of
 * pings takes any 4xx as final.
 */
export function socketProblem({ error, bytesRead }: SocketFault): HttpRefusal | undefined {
  if (isSystemError(error, "HPE_HEADER_OVERFLOW"))
    return isLongAddress(error, bytesRead)
      ? { status: 414, code: "http/uri-too-long", message: "the address is too long" }
      : { status: 431, code: "http/headers-too-large", message: "the headers are too long" };
  if (!("code" in error) || typeof error.code !== "string") return undefined;
  if (!error.code.startsWith("HPE_") || error.code === "HPE_INVALID_EOF_STATE") return undefined;
  return badRequest("this is not HTTP");
}

/** Whether it is the address that took the room; where a socket's first bytes do not tell, it is not. */
function isLongAddress(error: Error, bytesRead: number): boolean {
  const packet: unknown = "rawPacket" in error ? error.rawPacket : undefined;
  if (!(packet instanceof Uint8Array) || packet.length !== bytesRead) return false;
  const lineEnd = packet.indexOf(0x0a);
  return lineEnd === -1 || lineEnd > headBytes / 2;
}

/** A name or an address, with or without a port, and nothing else that a URL could hold. */
function isHost(text: string): boolean {
  if (/^[\w.-]+(?::\d{1,4})?$/u.test(text)) return true;
  return /^[^\s/\\?#@]+$/u.test(text) && URL.canParse(`http://${text}`);
}

function badRequest(message: string): HttpRefusal {
  return { status: 400, code: "http/bad-request", message };
}

/** As much of a request as tells whether its body is still to come. */
interface UnreadRequest {
  readonly complete: boolean;
  readonly headers: {
    readonly "content-length"?: string | undefined;
    readonly "transfer-encoding"?: string | undefined;
  };
}

/** An answer's headers with its length, and with the end of the connection where a body is left unread. */
export function headersFor(
  incoming: UnreadRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Record<string, string> {
  // What is left of a refused body would be read as the next request.
  const isUnread = !incoming.complete && incoming.headers["content-length"] !== "0";
  const isLast = isUnread && hasBody(incoming);
  // The read side says everything itself: nothing is copied for it.
  if (!isLast && (status === 304 || headers["content-length"] !== undefined)) return headers;
  return {
    ...headers,
    ...(status === 304 ? {} : { "content-length": String(body.length) }),
    ...(isLast ? { connection: "close" } : {}),
  };
}

function hasBody({ headers }: UnreadRequest): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}
