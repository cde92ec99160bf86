import { html } from "hono/html";
import { errorHeaders, type Refusal } from "../routes/errors.ts";
import type { RouteContext } from "../routes/route.ts";
import { ServerError } from "../errors.ts";
import { showPage, showStep } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { signInPath } from "./sign-in-view.ts";
import { visitorOf } from "./visitor.ts";
import { sentence } from "./words.ts";

const titles: Partial<Record<Refusal["status"], string>> = {
  401: "You are signed out",
  403: "This is not yours to do",
  404: "There is nothing here",
  409: "Somebody was quicker",
  429: "Wait a minute",
  500: "The server failed",
};

/** Tells somebody at a browser that something was refused; who is signed out goes where one signs in. */
export function openPageRefusal(
  parts: Pick<ConsoleParts, "store" | "now" | "serverUrl">,
): (context: RouteContext, refusal: Refusal) => Promise<Response> {
  return async (context, { status, answer }) => {
    if (answer.code === "access/session-over" && context.req.method === "GET")
      return goAndSignIn(context);
    const visitor = await visitorOf(parts, context).catch((error: unknown) => {
      if (error instanceof ServerError) return undefined;
      throw error;
    });
    const said = answer.findings ?? [answer];
    const title = titles[status] ?? "This cannot be done";
    const body = html`<div class="note bad" role="alert">
        ${said.map(({ message, code }) => html`<p>${sentence(message)} <code>${code}</code></p>`)}
      </div>
      <p>
        ${
          status === 401
            ? html`<a href="${signInPath}">Sign in</a>`
            : html`<a href="/console/">Back to the recipes</a>`
        }
      </p>`;
    for (const [name, value] of Object.entries(errorHeaders[status] ?? {}))
      if (name !== "www-authenticate") context.header(name, value);
    return showPage(context, visitor, { title, body }, status);
  };
}

function goAndSignIn(context: RouteContext): Response | Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  const path = pathname + search;
  // A link on another site brings no cookie along; one step of our own does.
  if (context.req.header("sec-fetch-site") === "cross-site") return showStep(context, path);
  const query = new URLSearchParams({ next: path }).toString();
  return context.redirect(path === "/console/" ? signInPath : `${signInPath}?${query}`, 303);
}
