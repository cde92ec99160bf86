import type { AttemptLimit } from "../attempt-limit.ts";
import { admit, bearerOf, type By } from "../authoring/access.ts";
import type { Origin } from "../client-address.ts";
import { ServerError } from "../errors.ts";
import type { RecipeStore } from "../store/ports.ts";
import type { Guard, RouteContext } from "./route.ts";

/**
 * Who asks, by the header `Authorization: Token …` (or `Bearer …`). Over HTTP there is no other way
 * to be somebody, and nobody is whoever holds the data folder.
 *
 * @throws ServerError `access/token-missing`, `access/token-refused`
 */
export function bearerIn(context: RouteContext): By {
  const header = context.req.header("authorization") ?? "";
  const text = /^(?:token|bearer) +(\S+)$/iu.exec(header)?.[1];
  if (text === undefined)
    throw new ServerError("access/token-missing", "say who you are: Authorization: Token …");
  return bearerOf(text);
}

/** Runs work that looks at a token; whoever has shown too many wrong ones waits a while. */
export type Watch = <T>(context: RouteContext, work: () => Promise<T>) => Promise<T>;

/**
 * Counts the wrong tokens that are shown, whichever way.
 *
 * @returns work may throw what it throws, and ServerError `access/too-many-attempts` comes before it
 */
export function watchTokens(limit: AttemptLimit, addressOf: (origin: Origin) => string): Watch {
  return async (context, work) => {
    const { remoteAddress } = context.env;
    const forwardedFor = context.req.header("x-forwarded-for");
    const address = addressOf({ remoteAddress, forwardedFor });
    if (!limit.mayTry(address))
      throw new ServerError("access/too-many-attempts", "too many wrong tokens: wait a minute");
    try {
      return await work();
    } catch (error) {
      if (error instanceof ServerError && error.code === "access/token-refused")
        limit.failed(address);
      throw error;
    }
  };
}

/** Guards routes by the tokens of the store. */
export function openGuard(parts: {
  readonly store: RecipeStore;
  readonly watch: Watch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): Guard {
  const { store, watch, now } = parts;
  return (context, scope) => watch(context, () => admit(store, bearerIn(context), scope, now()));
}
