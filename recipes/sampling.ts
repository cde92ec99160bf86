// Firefox's sampling: which share of all browsers an input falls into. The same input gives the
// same answer in every browser, on the server and in simulation.

/** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits. */
export type Digest = (text: string) => string;

/** The hash space: 48 bits, twelve hex digits, so that keys compare as strings. */
const hashDigits = 12;
const highestKey = 2 ** 48 - 1;

/**
 * The first 48 bits of the SHA-256 of an input's JSON, as twelve hex digits.
 *
 * @param input - any JSON value; a plain string is hashed with its JSON quotes, `undefined` as nothing at all
 */
export function truncatedHash(input: unknown, digest: Digest): string {
  // JSON.stringify answers undefined for undefined and functions, whatever its declaration says.
  const json = JSON.stringify(input) as string | undefined;
  return digest(json ?? "").slice(0, hashDigits);
}

/**
 * The point of the hash space below which a share of all inputs lies, as twelve hex digits.
 *
 * @param share - from 0 to 1
 * @throws RangeError when `share` is below 0 or above 1; what is no number passes, as in Firefox, and lies above every hash's reach
 */
export function fractionToKey(share: number): string {
  if (share < 0 || share > 1) {
    throw new RangeError(`a share must be within 0 and 1, got ${String(share)}`);
  }
  return Math.floor(share * highestKey)
    .toString(16)
    .padStart(hashDigits, "0");
}

/**
 * Whether an input falls into the first `rate` of all inputs.
 *
 * @param rate - from 0 (nobody) to 1
 * @throws RangeError when `rate` is outside 0..1
 */
export function stableSample(input: unknown, rate: number, digest: Digest): boolean {
  return truncatedHash(input, digest) < fractionToKey(rate);
}

/**
 * Whether an input falls into `count` of `total` equal buckets, counted from `start` and going
 * round from the last to the first. The one hash `ffffffffffff` (1 in 2^48) is in no bucket.
 *
 * @throws RangeError when the buckets lie outside the space, for example with a negative start
 */
export function bucketSample(
  input: unknown,
  start: number,
  count: number,
  total: number,
  digest: Digest,
): boolean {
  const hash = truncatedHash(input, digest);
  const first = start % total;
  const end = first + count;
  // Stryker disable next-line EqualityOperator: buckets that end where the space does are the same either way
  if (end > total) {
    return isWithin(hash, 0, (end % total) / total) || isWithin(hash, first / total, total / total);
  }
  return isWithin(hash, first / total, end / total);
}

/**
 * Chooses one of several branches, each with a chance in proportion to its ratio.
 *
 * @param ratios - at least one; a whole number each, as recipes give them
 * @returns the index of the chosen ratio
 * @throws RangeError when `ratios` is empty
 */
export function ratioSample(input: unknown, ratios: readonly number[], digest: Digest): number {
  if (ratios.length === 0) throw new RangeError("ratios must hold at least one ratio");
  const hash = truncatedHash(input, digest);
  const total = ratios.reduce((sum, ratio) => sum + ratio);

  let reached = 0;
  // Stryker disable next-line MethodExpression: the last ratio reaches every hash, asked or not
  for (const [index, ratio] of ratios.slice(0, -1).entries()) {
    reached += ratio;
    if (hash <= fractionToKey(reached / total)) return index;
  }
  return ratios.length - 1;
}

/** Both keys are made before they are compared: a bad share throws even where the first would decide. */
function isWithin(hash: string, from: number, to: number): boolean {
  const low = fractionToKey(from);
  const high = fractionToKey(to);
  return low <= hash && hash < high;
}
