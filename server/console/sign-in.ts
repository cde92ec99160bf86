import { html } from "hono/html";
import { addPerson } from "../authoring/people.ts";
import { isRole } from "../authoring/roles.ts";
import { signIn, signInByToken, signOut } from "../authoring/sessions.ts";
import { ServerError } from "../errors.ts";
import { toErrorAnswer } from "../routes/errors.ts";
import { type GuardedRoute, openTo, type Route } from "../routes/route.ts";
import { aboutServer } from "./about.ts";
import { formIn } from "./form.ts";
import { showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { giveSession, newSession, sessionTextIn, takeSession } from "./session.ts";
import { providerRoutes, type ShowSignIn } from "./sign-in-provider.ts";
import { nextIn, signInBody, signInPath } from "./sign-in-view.ts";

/** Signing in and out. */
export function signInRoutes(parts: ConsoleParts): readonly GuardedRoute[] {
  const { serverUrl } = parts;
  const show: ShowSignIn = async (context, next, refusal) => {
    // On somebody's own machine it is theirs to see; elsewhere nobody learns it who is not signed in.
    const about = parts.env === "development" ? await aboutServer(parts) : "";
    const body = html`${signInBody(parts, next, refusal?.message)} ${about}`;
    return showPage(
      context,
      undefined,
      { title: "Sign in", body },
      refusal && toErrorAnswer(refusal).status,
    );
  };
  const token: Route = {
    path: signInPath,
    handlers: {
      GET: (context) => show(context, nextIn(context.req.query("next"))),
      POST: async (context) => {
        const form = await formIn(context);
        const next = nextIn(form.get("next"));
        const session = newSession(parts, context);
        try {
          const given = (form.get("token") ?? "").trim();
          await parts.watch(context, () => signInByToken(parts, given, session));
        } catch (error) {
          if (!(error instanceof ServerError)) throw error;
          return show(context, next, error);
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
        const session = newSession(parts, context);
        await signIn(parts, role, { ...session, how: "on a development server" });
        giveSession(context, serverUrl(), session.text);
        return context.redirect(nextIn((await formIn(context)).get("next")), 303);
      },
    },
  };
  return [
    ...openTo("everyone", [token, ...providerRoutes(parts, show)]),
    ...openTo("read", [out]),
    ...(parts.env === "development" ? openTo("loopback", [rehearsal]) : []),
  ];
}
