import { Hono } from "hono";
import { routePath } from "hono/route";
import type { Log } from "./observe/log.ts";
import { ServerError } from "./errors.ts";
import { toErrorAnswer } from "./routes/errors.ts";
import type { Connection, Route, RouteContext } from "./routes/route.ts";

export type App = Hono<{ Bindings: Connection }>;

/** Sent with every answer; a page that needs more says so itself. */
const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Puts routes together: refusals as `{code, at, message}`, 405 with what is allowed, security headers. */
export function makeApp(routes: readonly Route[], log: Log): App {
  const app: App = new Hono();
  app.use(async (context, next) => {
    const path = routePath(context, -1);
    if (routes.some((route) => route.path === path)) context.env.onRoute?.(path);
    await next();
    for (const [name, value] of Object.entries(securityHeaders))
      if (!context.res.headers.has(name)) context.header(name, value);
  });
  for (const { path, handlers } of routes) {
    for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
    const methods = Object.keys(handlers);
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
    app.all(path, (context) => {
      context.header("allow", allow);
      throw new ServerError("http/method-not-allowed", `this path answers ${allow}`);
    });
  }
  const refuse = (error: unknown, context: RouteContext): Response => {
    const { status, answer } = toErrorAnswer(error);
    if (answer.code === "http/internal")
      log.error("route.failed", { route: routePath(context), error: String(error) });
    return context.json(answer, status, { "cache-control": "no-store" });
  };
  app.notFound((context) =>
    refuse(new ServerError("http/not-found", "there is nothing at this path"), context),
  );
  app.onError(refuse);
  return app;
}
