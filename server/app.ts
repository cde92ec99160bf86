import { Hono } from "hono";
import { routePath } from "hono/route";
import type { Log } from "./observe/log.ts";
import { ServerError } from "./errors.ts";
import { errorHeaders, toErrorAnswer } from "./routes/errors.ts";
import { requireLoopback } from "./routes/loopback.ts";
import type {
  Access,
  Connection,
  Guard,
  GuardedRoute,
  Handler,
  Method,
  Pages,
  RouteContext,
} from "./routes/route.ts";

export type App = Hono<{ Bindings: Connection }>;

/** Sent with every answer; a page that needs more says so itself. */
const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/**
 * Puts routes together: refusals as `{code, at, message}`, 405 with what is allowed, security headers.
 * Nobody is let through to a handler that has not said who may ask.
 *
 * @param guard - asked before every handler that is not open to everyone
 * @param pages - the paths that are guarded and refused in a way of their own
 * @throws Error for a route that does not say who may ask, or that nobody guards
 */
export function makeApp(
  routes: readonly GuardedRoute[],
  log: Log,
  guard?: Guard,
  pages?: Pages,
): App {
  const app: App = new Hono();
  app.use(async (context, next) => {
    const path = routePath(context, -1);
    if (routes.some((route) => route.path === path)) context.env.onRoute?.(path);
    await next();
    for (const [name, value] of Object.entries(securityHeaders))
      if (!context.res.headers.has(name)) context.header(name, value);
  });
  for (const { path, handlers, access } of routes) {
    for (const [method, handler] of Object.entries(handlers))
      app.on(method, path, guarded(access[method as Method], handler, { path, guard, pages }));
    const methods = Object.keys(handlers);
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
    app.all(path, (context) => {
      context.header("allow", allow);
      throw new ServerError("http/method-not-allowed", `this path answers ${allow}`);
    });
  }
  const refuse = (error: unknown, context: RouteContext): Response | Promise<Response> => {
    const refusal = toErrorAnswer(error);
    const { status, answer } = refusal;
    if (answer.code === "http/internal")
      log.error("route.failed", { route: routePath(context), error: String(error) });
    if (pages?.covers(context.req.path) === true) return pages.refuse(context, refusal);
    return context.json(answer, status, { "cache-control": "no-store", ...errorHeaders[status] });
  };
  app.notFound((context) =>
    refuse(new ServerError("http/not-found", "there is nothing at this path"), context),
  );
  app.onError(refuse);
  return app;
}

function guarded(
  access: Access | undefined,
  handler: Handler,
  parts: {
    readonly path: string;
    readonly guard: Guard | undefined;
    readonly pages: Pages | undefined;
  },
): Handler {
  const { path, guard, pages } = parts;
  if (access === undefined) throw new Error(`the route ${path} does not say who may ask`);
  const ask = pages?.covers(path) === true ? pages.guard : ofScopes(guard, access);
  if (ask === undefined) throw new Error(`nobody guards the route ${path}`);
  return async (context) => {
    if (access === "loopback") requireLoopback(context);
    await ask(context, access);
    return handler(context);
  };
}

/** Asks a guard where a scope is wanted, and nobody where none is. */
function ofScopes(guard: Guard | undefined, access: Access): Pages["guard"] | undefined {
  if (access === "everyone" || access === "loopback") return () => Promise.resolve();
  return guard && ((context) => guard(context, access));
}
