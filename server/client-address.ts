import { addressMatcher } from "./config.ts";

/** What a request says of where it came from. */
export interface Origin {
  /** Peer of the socket. */
  readonly remoteAddress: string;
  /** The header `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
}

/**
 * Finds the address that a request came from. `X-Forwarded-For` is believed from proxies that are
 * trusted, and of it only what they added: read from the right, the first address that is not one of them.
 */
export function clientAddressFinder(trustedProxies: readonly string[]): (origin: Origin) => string {
  const isTrusted = addressMatcher(trustedProxies);
  return ({ remoteAddress, forwardedFor = "" }) => {
    let address = remoteAddress.replace(/^::ffff:(?=\d+\.)/iu, "");
    const hops = forwardedFor.split(",").reverse();
    for (const hop of hops) {
      if (!isTrusted(address) || hop.trim() === "") break;
      address = hop.trim();
    }
    return address;
  };
}
