import { html } from "hono/html";
import { roles } from "../authoring/roles.ts";
import type { Markup } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";

/** Where one signs in, with a token, and with what an identity provider says. */
export const signInPath = "/console/sign-in/";
export const providerPath = "/console/sign-in/provider/";

/** Where somebody wanted to go: a page of this console, whatever else they were told to ask for. */
export function nextIn(text: string | null | undefined): string {
  const url = URL.parse(text ?? "", "http://here");
  const isOurs = url?.origin === "http://here" && url.pathname.startsWith("/console/");
  return isOurs ? url.pathname + url.search : "/console/";
}

/** The ways to sign in that this server has. @param message - why the last try was refused */
export function signInBody(
  { env, identityProvider }: Pick<ConsoleParts, "env" | "identityProvider">,
  next: string,
  message: string | undefined,
): Markup {
  const to = html`<input type="hidden" name="next" value="${next}" />`;
  return html`${message === undefined ? "" : html`<p class="note bad" role="alert">${message}</p>`}
    ${env === "development" ? rehearsalCard(to) : ""}
    ${identityProvider === undefined ? "" : providerCard(next)}
    <form class="card narrow" method="post" action="${signInPath}">
      <h2>With a token</h2>
      <p class="soft">
        An admin makes one with <code>mulberry token add NAME</code>. What you may do here is what
        the token lets you, for as long as it is good.
      </p>
      ${to}
      <p>
        <label for="token">Your token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          spellcheck="false"
          required
          ${env === "development" ? "" : html`autofocus`}
        />
      </p>
      <p><button>Sign in</button></p>
    </form>`;
}

function providerCard(next: string): Markup {
  const query = new URLSearchParams({ next }).toString();
  return html`<section class="card narrow">
    <h2>As everywhere here</h2>
    <p><a class="button" href="${providerPath}?${query}">Sign in</a></p>
  </section>`;
}

function rehearsalCard(to: Markup): Markup {
  return html`<section class="card narrow">
    <h2>On this machine, as anybody</h2>
    <p class="soft">
      This is a development server: try what each role sees. It takes two people to start a change,
      so sign in as the author to ask, and as the approver to agree.
    </p>
    <div class="row">
      ${Object.keys(roles).map(
        (role) =>
          html`<form method="post" action="${signInPath}as/${role}/">
            ${to}
            <button class="quiet">As ${role}</button>
          </form>`,
      )}
    </div>
  </section>`;
}
