import type { Context } from "hono";

/** What the socket side tells a route about a request, beside the request. */
export interface Connection {
  /** Peer of the socket; may be a proxy. Never stored, never logged. */
  readonly remoteAddress: string;
  /** Hears which of the app's paths, in Hono's notation, a request is for; nothing where it is none. */
  readonly onRoute?: (path: string) => void;
}

export type RouteContext = Context<{ Bindings: Connection }>;
export type Handler = (context: RouteContext) => Response | Promise<Response>;

/** One path with what it answers; HEAD follows GET, any other method is refused with 405. */
export interface Route {
  /** Hono's notation: `/api/v1/recipe/:id/`. */
  readonly path: string;
  readonly handlers: { readonly [method in "GET" | "POST" | "PUT" | "DELETE"]?: Handler };
}
