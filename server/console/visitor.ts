import { type By, identify } from "../authoring/access.ts";
import { sessionBy } from "../authoring/sessions.ts";
import { ServerError } from "../errors.ts";
import type { RouteContext } from "../routes/route.ts";
import type { Scope } from "../store/ports-people.ts";
import type { ConsoleParts } from "./parts.ts";
import { formTokenOf, sessionTextIn } from "./session.ts";

/** Who looks at a page. */
export interface Visitor {
  readonly name: string;
  /** What they may do: a page offers nothing else. */
  readonly scopes: readonly Scope[];
  /** For whatever they want done. */
  readonly by: By;
  /** For every form. */
  readonly formToken: string;
}

/**
 * Who is signed in.
 *
 * @throws ServerError `access/session-over`
 */
export async function visitorOf(
  { store, now, serverUrl }: Pick<ConsoleParts, "store" | "now" | "serverUrl">,
  context: RouteContext,
): Promise<Visitor> {
  const text = sessionTextIn(context, serverUrl());
  if (text === undefined)
    throw new ServerError("access/session-over", "nobody is signed in here: sign in");
  const by = sessionBy(text);
  const { name, scopes } = await identify(store, by, now());
  return { name: name ?? "", scopes, by, formToken: formTokenOf(text) };
}
