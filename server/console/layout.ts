import { html } from "hono/html";
import type { RouteContext } from "../routes/route.ts";
import type { Refusal } from "../routes/errors.ts";
import { type AssetName, assetUrl } from "./assets.ts";
import { formTokenField } from "./guard.ts";
import type { Visitor } from "./visitor.ts";

/** Markup that is safe to show: what `html` made, never a text from outside. */
export type Markup = ReturnType<typeof html>;

/** One page, without what all pages have around them. */
export interface Page {
  /** What it is about, in the title and as its heading. */
  readonly title: string;
  readonly body: Markup;
  /** Beside the heading: what can be done here. */
  readonly tools?: Markup;
  /** Which entry of the navigation it belongs to. */
  readonly place?: (typeof places)[number]["path"];
  /** Scripts of the page, as modules. */
  readonly scripts?: readonly AssetName[];
}

/** The navigation. */
const places = [
  { path: "/console/", name: "Recipes" },
  { path: "/console/audit/", name: "What was done" },
] as const;

/** Sent with every page. Nothing inline runs, nothing from elsewhere is loaded, no frame holds it. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  // Browsers name no origin of a form where they may not name one of a page.
  "referrer-policy": "same-origin",
} as const;

/**
 * Answers with a page.
 *
 * @param visitor - `undefined` where nobody is signed in
 */
export function showPage(
  context: RouteContext,
  visitor: Visitor | undefined,
  page: Page,
  status: Refusal["status"] | 200 = 200,
): Response | Promise<Response> {
  return context.html(whole(visitor, page), status, headers);
}

/**
 * Answers with one step to a page of ours. A browser that comes from another site brings no session
 * along; the step is our own, and does.
 */
export function showStep(context: RouteContext, path: string): Response | Promise<Response> {
  return context.html(
    html`<!doctype html>
      <html lang="en">
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="0; url=${path}" />
        <title>Mulberry</title>
        <p><a href="${path}">Go on</a></p>
      </html>`,
    200,
    headers,
  );
}

/** A form's hidden field without which nothing is done. */
export function formToken({ formToken: value }: Visitor): Markup {
  return html`<input type="hidden" name="${formTokenField}" value="${value}" />`;
}

function whole(visitor: Visitor | undefined, page: Page): Markup {
  const { title, body, tools = "", place, scripts = [] } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Mulberry</title>
        <link rel="icon" href="${assetUrl("mulberry.svg")}" />
        <link rel="stylesheet" href="${assetUrl("theme.css")}" />
        <link rel="stylesheet" href="${assetUrl("console.css")}" />
        ${scripts.map((name) => html`<script type="module" src="${assetUrl(name)}"></script>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="home" href="/console/">
            <img src="${assetUrl("mulberry.svg")}" alt="" width="28" height="28" /> Mulberry
          </a>
          ${visitor === undefined ? "" : navigation(visitor, place)}
        </header>
        <main id="main" tabindex="-1">
          <div class="heading">
            <h1>${title}</h1>
            ${tools}
          </div>
          ${body}
        </main>
      </body>
    </html>`;
}

function navigation(visitor: Visitor, place: Page["place"]): Markup {
  return html`<nav aria-label="Pages">
      <ul>
        ${places.map(
          ({ path, name }) =>
            html`<li>
              <a href="${path}" ${path === place ? html`aria-current="page"` : ""}>${name}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <form class="who" method="post" action="/console/sign-out/">
      ${formToken(visitor)}
      <span>${visitor.name}</span>
      <button class="quiet">Sign out</button>
    </form>`;
}
