import { addressMatcher } from "./config.ts";
import type { RouteContext } from "./routes/route.ts";

/**
 * Finds the address that a request came from. `X-Forwarded-For` is believed from proxies that are
 * trusted, and of it only what they added: read from the right, the first address that is not one of them.
 */
export function clientAddressFinder(
  trustedProxies: readonly string[],
): (context: RouteContext) => string {
  const isTrusted = addressMatcher(trustedProxies);
  return (context) => {
    let address = context.env.remoteAddress.replace(/^::ffff:(?=\d+\.)/iu, "");
    const hops = (context.req.header("x-forwarded-for") ?? "").split(",").reverse();
    for (const hop of hops) {
      if (!isTrusted(address) || hop.trim() === "") break;
      address = hop.trim();
    }
    return address;
  };
}
