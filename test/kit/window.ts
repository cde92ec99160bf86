import type { Role } from "#server/store/ports-people.ts";

/** What a page of the console was, as far as it can be told without a browser. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Where it led, if it did. */
  readonly location: string | null;
}

/** Somebody at the console: their cookies, and forms that are sent as a browser sends them. */
export interface Window {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Shown>;
  /** Sends a form of a page that this window shows. */
  send(
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Shown>;
  /** Signs in with a token. */
  signIn(token: string): Promise<Shown>;
  /** Signs in on a development server, where anybody may be anybody. */
  signInAs(role: Role): Promise<Shown>;
  /** The session's cookie, as it is sent; empty where there is none. */
  cookie(): string;
}

/** Opens one that looks at a server. */
export function openWindow(url: string): Window {
  const jar = new Map<string, string>();
  let formToken = "";
  const ask = async (path: string, init: RequestInit): Promise<Shown> => {
    const headersSent = new Headers(init.headers);
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookies !== "" && !headersSent.has("cookie")) headersSent.set("cookie", cookies);
    const answer = await fetch(url + path, { ...init, redirect: "manual", headers: headersSent });
    for (const text of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/u.exec(text) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    const html = await answer.text();
    formToken = /name="form_token" value="([^"]+)"/u.exec(html)?.[1] ?? formToken;
    const { status, headers } = answer;
    return { status, headers, html, location: headers.get("location") };
  };
  const window: Window = {
    get: (path, headers = {}) => ask(path, { headers }),
    send: (path, fields = {}, headers = {}) =>
      ask(path, {
        method: "POST",
        body: new URLSearchParams({ form_token: formToken, ...fields }),
        headers: { origin: url, ...headers },
      }),
    signIn: async (token) => afterSignIn(await window.send("/console/sign-in/", { token })),
    signInAs: async (role) => afterSignIn(await window.send(`/console/sign-in/as/${role}/`)),
    cookie: () => {
      const session = [...jar].find(([name]) => /^(?:__Host-)?mulberry$/u.test(name));
      return session === undefined ? "" : session.join("=");
    },
  };
  /** The first page after it holds the form token of the new session. */
  const afterSignIn = async (shown: Shown): Promise<Shown> => {
    if (shown.status === 303) await window.get("/console/");
    return shown;
  };
  return window;
}
