import { admit } from "../authoring/access.ts";
import { noteUse, sessionBy } from "../authoring/sessions.ts";
import { ServerError } from "../errors.ts";
import type { Access, RouteContext } from "../routes/route.ts";
import { formIn } from "./form.ts";
import type { ConsoleParts } from "./parts.ts";
import { isFormTokenOf, sessionTextIn } from "./session.ts";

/** The field, or the header of a script's request, that holds a session's form token. */
export const formTokenField = "form_token";
const formTokenHeader = "x-form-token";

const safeMethods: readonly string[] = ["GET", "HEAD"];

/**
 * Guards pages by sessions, with the very rule that tokens are measured by. What changes something
 * has to come from a page of this server, and of the same session.
 *
 * @throws ServerError `access/other-site`, `access/session-over`, `access/not-allowed`, `http/*`
 */
export function openPageGuard(
  parts: Pick<ConsoleParts, "store" | "now" | "serverUrl">,
): (context: RouteContext, access: Access) => Promise<void> {
  const { store, now, serverUrl } = parts;
  return async (context, access) => {
    const isSafe = safeMethods.includes(context.req.method);
    if (!isSafe && !isFromHere(context, serverUrl()))
      throw new ServerError("access/other-site", "this was not sent by a page of this server");
    if (access === "everyone" || access === "loopback") return;
    const text = sessionTextIn(context, serverUrl());
    if (text === undefined)
      throw new ServerError("access/session-over", "nobody is signed in here: sign in");
    await admit(store, sessionBy(text), access, now());
    if (!isSafe && !isFormTokenOf(text, await formTokenIn(context)))
      throw new ServerError(
        "access/other-site",
        "this form is of another session: go back, load the page again, and send it once more",
      );
    await noteUse(parts, text);
  };
}

async function formTokenIn(context: RouteContext): Promise<string> {
  return context.req.header(formTokenHeader) ?? (await formIn(context)).get(formTokenField) ?? "";
}

/**
 * Whether a page of this server sent a request. Browsers say so themselves (`Sec-Fetch-Site`) where the
 * connection is one that they trust; everywhere they name the origin of what they send.
 */
function isFromHere(context: RouteContext, serverUrl: string): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = URL.parse(context.req.header("origin") ?? "");
  if (origin === null) return false;
  return origin.origin === new URL(serverUrl).origin || origin.host === context.req.header("host");
}
