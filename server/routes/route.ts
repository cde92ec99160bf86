import type { Context } from "hono";
import type { Scope } from "../store/ports-people.ts";
import type { Refusal } from "./errors.ts";

/** What the socket side tells a route about a request, beside the request. */
export interface Connection {
  /** Peer of the socket; may be a proxy. Never stored, never logged. */
  readonly remoteAddress: string;
  /** Hears which of the app's paths, in Hono's notation, a request is for; nothing where it is none. */
  readonly onRoute?: (path: string) => void;
}

export type RouteContext = Context<{ Bindings: Connection }>;
export type Handler = (context: RouteContext) => Response | Promise<Response>;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Resolves where the bearer of a request's token may do what the scope names. @throws ServerError `access/*` */
export type Guard = (context: RouteContext, scope: Scope) => Promise<unknown>;

/** Who may ask: everyone, a program on this machine, or the bearer of a token with this scope. */
export type Access = "everyone" | "loopback" | Scope;

/** The paths that people look at in a browser: how they are asked who they are, and told no. */
export interface Pages {
  readonly covers: (path: string) => boolean;
  /** Asked before every handler, open ones too. @throws ServerError `access/*` */
  readonly guard: (context: RouteContext, access: Access) => Promise<unknown>;
  readonly refuse: (context: RouteContext, refusal: Refusal) => Response | Promise<Response>;
}

/** One path with what it answers; HEAD follows GET, any other method is refused with 405. */
export interface Route {
  /** Hono's notation: `/api/v1/recipe/:id/`. */
  readonly path: string;
  readonly handlers: { readonly [M in Method]?: Handler };
}

/** A route that says who may ask: there is no other way into the app. */
export interface GuardedRoute extends Route {
  /** For each of its methods. */
  readonly access: { readonly [M in Method]?: Access };
}

/** Routes that all have one answer to who may ask. */
export function openTo(access: Access, routes: readonly Route[]): readonly GuardedRoute[] {
  return routes.map((route) => ({
    ...route,
    access: Object.fromEntries(Object.keys(route.handlers).map((method) => [method, access])),
  }));
}
