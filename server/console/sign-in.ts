import { html } from "hono/html";
import { addPerson } from "../authoring/people.ts";
import { isRole, roles } from "../authoring/roles.ts";
import { signIn, signInByToken, signOut } from "../authoring/sessions.ts";
import { ServerError } from "../errors.ts";
import { toErrorAnswer } from "../routes/errors.ts";
import { type GuardedRoute, openTo, type Route, type RouteContext } from "../routes/route.ts";
import { aboutServer } from "./about.ts";
import { formIn } from "./form.ts";
import { type Markup, showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { giveSession, sessionText, sessionTextIn, takeSession } from "./session.ts";

export const signInPath = "/console/sign-in/";

/** Signing in and out. */
export function signInRoutes(parts: ConsoleParts): readonly GuardedRoute[] {
  const { serverUrl } = parts;
  const show = async (
    context: RouteContext,
    next: string,
    refusal?: { readonly status: Parameters<typeof showPage>[3]; readonly message: string },
  ): Promise<Response> => {
    // On somebody's own machine it is theirs to see; elsewhere nobody learns it who is not signed in.
    const about = parts.env === "development" ? await aboutServer(parts) : "";
    const body = html`${signInBody(parts.env, next, refusal?.message)} ${about}`;
    return showPage(context, undefined, { title: "Sign in", body }, refusal?.status);
  };
  const wish = (context: RouteContext): { text: string; replaces: string | undefined } => ({
    text: sessionText(parts.random()),
    replaces: sessionTextIn(context, serverUrl()),
  });
  const token: Route = {
    path: signInPath,
    handlers: {
      GET: (context) => show(context, nextIn(context.req.query("next"))),
      POST: async (context) => {
        const form = await formIn(context);
        const next = nextIn(form.get("next"));
        const session = wish(context);
        try {
          const given = (form.get("token") ?? "").trim();
          await parts.watch(context, () => signInByToken(parts, given, session));
        } catch (error) {
          if (!(error instanceof ServerError)) throw error;
          const { status } = toErrorAnswer(error);
          return show(context, next, { status, message: error.message });
        }
        giveSession(context, serverUrl(), session.text);
        return context.redirect(next, 303);
      },
    },
  };
  const out: Route = {
    path: "/console/sign-out/",
    handlers: {
      POST: async (context) => {
        const text = sessionTextIn(context, serverUrl());
        if (text !== undefined) await signOut(parts, text);
        takeSession(context, serverUrl());
        return context.redirect(signInPath, 303);
      },
    },
  };
  /** On somebody's own machine they may be anybody: nothing there is anyone else's. */
  const rehearsal: Route = {
    path: `${signInPath}as/:role/`,
    handlers: {
      POST: async (context) => {
        const role = context.req.param("role") ?? "";
        if (!isRole(role)) throw new ServerError("http/not-found", "there is no such role");
        if ((await parts.store.person(role)) === undefined)
          await addPerson(parts, "operator", { name: role, role });
        const session = wish(context);
        await signIn(parts, role, { ...session, how: "on a development server" });
        giveSession(context, serverUrl(), session.text);
        return context.redirect(nextIn((await formIn(context)).get("next")), 303);
      },
    },
  };
  return [
    ...openTo("everyone", [token]),
    ...openTo("read", [out]),
    ...(parts.env === "development" ? openTo("loopback", [rehearsal]) : []),
  ];
}

/** Where somebody wanted to go: a page of this console, whatever else they were told to ask for. */
function nextIn(text: string | null | undefined): string {
  const url = URL.parse(text ?? "", "http://here");
  const isOurs = url?.origin === "http://here" && url.pathname.startsWith("/console/");
  return isOurs ? url.pathname + url.search : "/console/";
}

function signInBody(env: ConsoleParts["env"], next: string, message: string | undefined): Markup {
  const to = html`<input type="hidden" name="next" value="${next}" />`;
  return html`${message === undefined ? "" : html`<p class="note bad" role="alert">${message}</p>`}
    ${env === "development" ? rehearsalCard(to) : ""}
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
