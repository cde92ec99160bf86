import { parseJson } from "#recipes/json.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { ServerError, type ServerErrorCode } from "../errors.ts";

/**
 * Parses JSON that we wrote ourselves, as strictly as what comes from outside: a file that was cut
 * off or edited by hand is named at once instead of being signed or served.
 *
 * @throws ServerError with the code given, saying which file it is
 */
export function parseOwn<T>(
  parse: (value: unknown) => T,
  text: string,
  { code, what }: { readonly code: ServerErrorCode; readonly what: string },
): T {
  try {
    return parse(parseJson(text, { code: "recipe/malformed", maxDepth: wireLimits.jsonDepth }));
  } catch (cause) {
    throw new ServerError(code, `${what} cannot be read`, { cause });
  }
}
