import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { App } from "./app.ts";
import { bind } from "./bind.ts";
import {
  headBytes,
  headersFor,
  headProblem,
  type HttpRefusal,
  socketProblem,
} from "./http-rules.ts";
import type { Origin } from "./client-address.ts";
import type { Ingest } from "./ingest/index.ts";
import type { Log } from "./observe/log.ts";
import type { Metrics } from "./observe/metrics.ts";
import { countRequest } from "./observe/request-metrics.ts";
import { ToldBefore } from "./observe/told-before.ts";
import { bodyOf } from "./request-body.ts";
import { errorBody, jsonType } from "./routes/errors.ts";
import type { PlainAnswer, PlainRequest } from "./routes/read-side.ts";

// The only file that holds sockets. Two paths are answered here without a Request and a Response
// in between, because they carry nearly all of the traffic: the read side and the ping edge.

export interface NodeParts {
  readonly readSide: (request: PlainRequest) => PlainAnswer;
  readonly ingest: Pick<Ingest, "submit">;
  /** The country of where a ping came from; its address goes no further. Does not reject. */
  readonly countryOf: (origin: Origin) => Promise<string | null>;
  readonly app: Pick<App, "fetch">;
  readonly log: Log;
  /** Left out where nobody wants any: a bundle is answered in 30 µs. */
  readonly metrics?: Metrics | undefined;
  readonly timeouts?: SocketTimeouts;
}

export interface Listener {
  readonly port: number;
  /** Takes no new connection, lets requests under way finish for a moment, then cuts. */
  close(): Promise<void>;
}

/** All in milliseconds. */
export interface SocketTimeouts {
  readonly headersTimeout: number;
  /** A whole request, its body included. */
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** How often the first two are looked at; Node's own half minute would leave slow ones that long. */
  readonly connectionsCheckingInterval: number;
}

export const socketTimeouts: SocketTimeouts = {
  headersTimeout: 10_000,
  // Longer than the 90 s that senders of pings allow themselves: whoever gives up first must be they.
  requestTimeout: 120_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
};

/** Milliseconds that requests under way get when the server closes. */
const graceMs = 2_000;

/** Logged in place of a path that is none of ours: it may name anything, a person's document too. */
const unknownPath = "(unknown)";
/** Every run asks for a root and a halt that hardly ever are there: that is no stranger's path. */
const oftenMissing = /^\/v2\/(?:root\/\d{1,9}\.json|halt\.jws)$/u;

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Where it went, for its log line. */
  path: string;
}

/**
 * Listens.
 *
 * @throws ServerError `server/port-in-use`, `server/bad-address`
 */
export async function listen(
  parts: NodeParts,
  where: { readonly port: number; readonly host: string },
): Promise<Listener> {
  /** Only of what goes to the app: the hot paths do without. */
  const toldRoutes = new WeakMap<object, Exchange>();
  const toApp = getRequestListener(
    (request, { incoming }) =>
      parts.app.fetch(request, {
        remoteAddress: incoming.socket.remoteAddress ?? "",
        onRoute: (route) => {
          const exchange = toldRoutes.get(incoming);
          if (exchange !== undefined) exchange.path = route;
        },
      }),
    { overrideGlobalObjects: false, errorHandler: refuseRequest },
  );
  /** What of each socket is not answered yet, in the order in which it came. */
  const underWay = new WeakMap<Duplex, Set<Exchange>>();
  const told = new ToldBefore();
  const summarize = ({ incoming, outgoing, path }: Exchange, ms: number): void => {
    const { method = "" } = incoming;
    const { statusCode: status } = outgoing;
    parts.log.info("request.summary", told.fields(method, path, status, ms));
    if (parts.metrics !== undefined) countRequest(parts.metrics, { method, path, status, ms });
  };
  const follow = (exchange: Exchange, startedMs: number): void => {
    const { incoming, outgoing } = exchange;
    let ofSocket = underWay.get(incoming.socket);
    if (ofSocket === undefined) underWay.set(incoming.socket, (ofSocket = new Set()));
    ofSocket.add(exchange);
    outgoing.on("close", () => {
      ofSocket.delete(exchange);
      if (outgoing.writableFinished) summarize(exchange, Math.round(performance.now() - startedMs));
    });
  };
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const exchange: Exchange = { incoming, outgoing, path: unknownPath };
    const problem = headProblem(incoming);
    if (problem === undefined && answerFromMemory(parts, exchange)) {
      // With the socket already, in its turn; else it waits behind another answer.
      if (outgoing.socket === null) follow(exchange, performance.now());
      else summarize(exchange, 0);
      return;
    }
    follow(exchange, performance.now());
    if (problem !== undefined) {
      sendRefusal(exchange, problem);
      return;
    }
    toldRoutes.set(incoming, exchange);
    dispatch(parts, toApp, exchange).catch((error: unknown) => {
      parts.log.error("request.failed", { error: String(error) });
      outgoing.destroy();
    });
  };
  const server = createServer(
    // Host and Expect are ours to refuse: Node's own answers have no body.
    { ...(parts.timeouts ?? socketTimeouts), maxHeaderSize: headBytes, requireHostHeader: false },
    answer,
  );
  server.on("checkExpectation", answer);
  server.on("clientError", (error: Error, socket: Socket) => {
    void endBroken(error, socket, [...(underWay.get(socket) ?? [])]);
  });
  await bind(server, where);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : where.port,
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/**
 * Ends a connection on which something came that is no request. What came whole before it is answered
 * first, in its order: a refusal in between would be taken for its answer.
 */
async function endBroken(error: Error, socket: Socket, before: readonly Exchange[]): Promise<void> {
  await Promise.all(
    before
      .filter(({ incoming }) => incoming.complete)
      .map(({ outgoing }) => new Promise((resolve) => outgoing.once("close", resolve))),
  );
  const problem = socketProblem({ error, bytesRead: socket.bytesRead });
  const isBegun = before.some(
    ({ incoming, outgoing }) => !incoming.complete && outgoing.headersSent,
  );
  if (problem === undefined) {
    socket.destroy();
    return;
  }
  if (isBegun || !socket.writable) {
    socket.destroySoon();
    return;
  }
  const { status, code, message } = problem;
  const body = errorBody({ code, at: "", message });
  socket.end(
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}\r\nContent-Type: ${jsonType}\r\nContent-Length: ${String(body.length)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** A proxy's form of a request names the whole URL; what it asks for is the same. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const url = URL.parse(target);
  return url === null ? "/" : url.pathname + url.search;
}

/** The read side: nothing to wait for. @returns whether the request was for it */
function answerFromMemory({ readSide }: NodeParts, exchange: Exchange): boolean {
  const { incoming, outgoing } = exchange;
  incoming.url = originForm(incoming.url ?? "/");
  if (!incoming.url.startsWith("/v2/")) return false;
  const method = incoming.method ?? "GET";
  const path = withoutQuery(incoming.url);
  const { "if-none-match": ifNoneMatch, "accept-encoding": acceptEncoding } = incoming.headers;
  const { status, headers, body } = readSide({ method, path, ifNoneMatch, acceptEncoding });
  if (status !== 404 || oftenMissing.test(path)) exchange.path = path;
  send(incoming, outgoing, status, headers, body);
  return true;
}

function withoutQuery(target: string): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}

async function dispatch(
  parts: NodeParts,
  toApp: ReturnType<typeof getRequestListener>,
  exchange: Exchange,
): Promise<void> {
  const { incoming, outgoing } = exchange;
  const method = incoming.method ?? "GET";
  const url = incoming.url ?? "/";
  if (url.startsWith("/submit/")) {
    // The rest of the path names the document and with it the person's browser.
    exchange.path = "/submit/";
    const { headers } = incoming;
    const { "x-forwarded-for": forwardedFor } = headers;
    const answer = await parts.ingest.submit({
      method,
      url,
      headers,
      readBody: bodyOf(incoming),
      country: await parts.countryOf({
        remoteAddress: incoming.socket.remoteAddress ?? "",
        forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(", ") : forwardedFor,
      }),
    });
    const bytes = new TextEncoder().encode(answer.body ?? "");
    send(incoming, outgoing, answer.status, answer.headers ?? {}, bytes);
  } else {
    await toApp(incoming, outgoing);
  }
}

function sendRefusal(
  { incoming, outgoing }: Pick<Exchange, "incoming" | "outgoing">,
  problem: HttpRefusal,
): void {
  const { status, code, message } = problem;
  const body = new TextEncoder().encode(errorBody({ code, at: "", message }));
  send(incoming, outgoing, status, { "content-type": jsonType, connection: "close" }, body);
}

/** For what the adapter to Request and Response does not take. */
function refuseRequest(error: unknown): Response {
  if (!(error instanceof RequestError)) throw error;
  const message = "the address or Host cannot be read";
  return new Response(errorBody({ code: "http/bad-request", at: "", message }), {
    status: 400,
    headers: { "content-type": jsonType },
  });
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): void {
  outgoing.writeHead(status, headersFor(incoming, status, headers, body));
  const isWhole = incoming.method === "HEAD" || status === 304 || body.length === 0;
  outgoing.end(isWhole ? undefined : body);
}
