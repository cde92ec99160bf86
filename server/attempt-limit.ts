import { createHmac } from "node:crypto";

/** How many wrong tokens of one address are looked at in any minute. */
const most = 10;
const minuteMs = 60_000;
/** How many addresses are remembered; the one that failed longest ago gives way. */
const mostAddresses = 10_000;

/** Holds off who guesses tokens. Everybody else is never asked to wait. */
export interface AttemptLimit {
  /** Whether a token from this address is looked at. */
  readonly mayTry: (address: string) => boolean;
  /** Counts a token that was refused. */
  readonly failed: (address: string) => void;
}

/**
 * Counts refused tokens by address, in memory. Addresses are kept as hashes that mean nothing once the
 * process is over.
 *
 * @param key - random bytes of this process
 * @param now - milliseconds since 1970
 */
export function limitAttempts(key: Uint8Array, now: () => number): AttemptLimit {
  /** When each address failed last, oldest first. */
  const failures = new Map<string, readonly number[]>();
  const nameOf = (address: string): string =>
    createHmac("sha256", key).update(address).digest("base64url");
  const lately = (name: string): readonly number[] =>
    (failures.get(name) ?? []).filter((atMs) => now() - atMs < minuteMs);
  return {
    mayTry: (address) => lately(nameOf(address)).length < most,
    failed: (address) => {
      const name = nameOf(address);
      const times = [...lately(name), now()];
      failures.delete(name);
      failures.set(name, times);
      const [oldest] = failures.keys();
      if (failures.size > mostAddresses && oldest !== undefined) failures.delete(oldest);
    },
  };
}
