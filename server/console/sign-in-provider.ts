import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { signIn } from "../authoring/sessions.ts";
import { ServerError } from "../errors.ts";
import type { Route, RouteContext } from "../routes/route.ts";
import type { SignInUnderWay } from "./identity-provider.ts";
import { showStep } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { giveSession, newSession } from "./session.ts";
import { nextIn, providerPath } from "./sign-in-view.ts";

/** Shows the sign-in again, with why it was refused. */
export type ShowSignIn = (
  context: RouteContext,
  next: string,
  refusal?: ServerError,
) => Promise<Response>;

/** How long somebody may take at the provider, in seconds. */
const patienceSeconds = 600;

/** Signing in by an identity provider: there, and back with its word. No route where there is none. */
export function providerRoutes(parts: ConsoleParts, show: ShowSignIn): readonly Route[] {
  const { identityProvider, serverUrl } = parts;
  if (identityProvider === undefined) return [];
  const back = `${providerPath}back/`;
  return [
    {
      path: providerPath,
      handlers: {
        GET: async (context) => {
          const next = nextIn(context.req.query("next"));
          return orShown(context, next, async () => {
            const { url, underWay } = await identityProvider.begin(serverUrl() + back);
            keep(context, serverUrl(), { ...underWay, next });
            return context.redirect(url, 303);
          });
        },
      },
    },
    {
      path: back,
      handlers: {
        GET: async (context) => {
          const kept = keptIn(context, serverUrl());
          const next = nextIn(kept.get("next"));
          return orShown(context, next, async () => {
            const { search } = new URL(context.req.url);
            const address = new URL(serverUrl() + back + search);
            const name = await identityProvider.end(address, underWayIn(kept));
            const session = newSession(parts, context);
            await signIn(parts, name, { ...session, how: "identity provider" });
            giveSession(context, serverUrl(), session.text);
            return showStep(context, next);
          });
        },
      },
    },
  ];

  async function orShown(
    context: RouteContext,
    next: string,
    work: () => Promise<Response>,
  ): Promise<Response> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      return show(context, next, error);
    }
  }
}

/** Beside the session's cookie, and one that comes along when another site leads back here. */
const nameOver = (serverUrl: string): string =>
  serverUrl.startsWith("https:") ? "__Host-mulberry-provider" : "mulberry-provider";

function keep(
  context: RouteContext,
  serverUrl: string,
  what: SignInUnderWay & { readonly next: string },
): void {
  setCookie(context, nameOver(serverUrl), new URLSearchParams({ ...what }).toString(), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: serverUrl.startsWith("https:"),
    maxAge: patienceSeconds,
  });
}

/** What was kept, for once: an answer that comes a second time finds nothing. */
function keptIn(context: RouteContext, serverUrl: string): URLSearchParams {
  const name = nameOver(serverUrl);
  const kept = new URLSearchParams(getCookie(context, name) ?? "");
  deleteCookie(context, name, { path: "/", secure: serverUrl.startsWith("https:") });
  return kept;
}

/** @throws ServerError `access/provider-failed` where this browser has begun nothing */
function underWayIn(kept: URLSearchParams): SignInUnderWay {
  const [state, nonce, verifier] = ["state", "nonce", "verifier"].map((name) => kept.get(name));
  if (!state || !nonce || !verifier)
    throw new ServerError(
      "access/provider-failed",
      "this browser has begun no sign-in, or took too long: try again",
    );
  return { state, nonce, verifier };
}
