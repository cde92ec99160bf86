import { createHmac, timingSafeEqual } from "node:crypto";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { sessionLife } from "../authoring/session-life.ts";
import type { RouteContext } from "../routes/route.ts";
import type { ConsoleParts } from "./parts.ts";

// What a browser shows to be somebody: a cookie that no script reads and no other site sends, and in
// every form a text that only a page of this session can know.

/** Over https the browser itself promises that nobody but this very host has set it. */
const nameOver = (serverUrl: string): string =>
  serverUrl.startsWith("https:") ? "__Host-mulberry" : "mulberry";

/** Text of the session that a request shows. */
export function sessionTextIn(context: RouteContext, serverUrl: string): string | undefined {
  const text = getCookie(context, nameOver(serverUrl));
  return text === undefined || text === "" ? undefined : text;
}

/** A new session for the browser that asks, in place of the one that it has. */
export function newSession(
  { random, serverUrl }: Pick<ConsoleParts, "random" | "serverUrl">,
  context: RouteContext,
): { readonly text: string; readonly replaces: string | undefined } {
  return {
    text: Buffer.from(random()).toString("base64url"),
    replaces: sessionTextIn(context, serverUrl()),
  };
}

/** Gives a browser its session. */
export function giveSession(context: RouteContext, serverUrl: string, text: string): void {
  setCookie(context, nameOver(serverUrl), text, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: serverUrl.startsWith("https:"),
    maxAge: sessionLife.wholeMs / 1_000,
  });
}

/** Lets a browser forget its session. */
export function takeSession(context: RouteContext, serverUrl: string): void {
  deleteCookie(context, nameOver(serverUrl), {
    path: "/",
    secure: serverUrl.startsWith("https:"),
  });
}

/** What the forms of a session's pages carry. It tells nothing of the session's own text. */
export function formTokenOf(text: string): string {
  return createHmac("sha256", text).update("form").digest("base64url");
}

/** Whether a form comes from a page of this session. */
export function isFormTokenOf(text: string, given: string): boolean {
  const [ours, theirs] = [Buffer.from(formTokenOf(text)), Buffer.from(given)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
