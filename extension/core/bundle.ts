import { type Bundle, type RootPayload, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { accept, dateOf, jsonOf, SyncFailure } from "./answers.ts";
import type { Floor } from "./floor.ts";
import type { NetworkOutcome, Ports } from "./ports.ts";
import { isApart, type RunTime } from "./run-time.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { verifyBundle, type VerifiedBundle } from "./trust.ts";
import { isOfTime, refuse, TrustError, UntimelyError } from "./trust-error.ts";
import type { TrustRecord } from "./trust-store.ts";
import { unbelieved } from "./walk.ts";

export interface FoundBundle extends VerifiedBundle {
  readonly bundle: Bundle;
  readonly etag: string | null;
}

export interface BundleQuestion {
  readonly serverUrl: string;
  readonly root: Verified<RootPayload>;
  readonly record: TrustRecord | undefined;
  readonly floor: Floor | undefined;
  readonly now: RunTime;
  /** The extension's own. */
  readonly version: string | undefined;
  /** Called with what each answer takes for now, whatever else it is worth. */
  readonly hear: (dateSeconds: number | undefined) => void;
}

/**
 * The bundle that is in force, verified: from the server, or as it was kept where the server has no other.
 *
 * @throws SyncFailure, TrustError
 */
export async function fetchBundle(
  question: BundleQuestion,
  { network, tokens }: Pick<Ports, "network" | "tokens">,
  watch: Stopwatch,
): Promise<FoundBundle> {
  const url = `${question.serverUrl}/v2/bundle.json`;
  const verify = async (
    input: unknown,
    etag: string | null,
    dateSeconds: number | undefined,
  ): Promise<FoundBundle> => ({
    ...(await watch.time(() => verifyInTime(input, question, dateSeconds, tokens))),
    etag,
  });
  const take = (answer: NetworkOutcome): Promise<FoundBundle> => {
    const accepted = accept(answer);
    return verify(jsonOf(accepted.bytes), etagOf(accepted), dateOf(accepted));
  };

  const ask = async (options: { headers?: Record<string, string>; bypassCaches?: true }) => {
    const answer = await network.get(url, { maxBytes: wireLimits.bundleBytes, ...options });
    if (answer.kind === "answer") question.hear(dateOf(answer));
    return answer;
  };

  const { record } = question;
  const etag = record?.etag ?? null;
  const headers = etag === null ? {} : { headers: { "if-none-match": etag } };
  const answer = await ask(headers);
  // Whoever once answered chose the ETag, unsigned: it must not keep us from those who answer from now on.
  if (etag !== null && isRefusal(answer)) return take(await ask({ bypassCaches: true }));
  if (record !== undefined && etag !== null && answer.kind === "answer" && answer.status === 304) {
    // A 304 extends nothing: what is stored is verified again, at this run's time. Where it does not
    // hold, the copy was damaged or a cache on the way is stale: the server is asked for all of it.
    const kept = await verify(record.bundle, etag, dateOf(answer)).catch(unbelieved);
    return kept ?? take(await ask({ bypassCaches: true }));
  }
  try {
    return await take(answer);
  } catch (error) {
    if (!(error instanceof TrustError) || !mayBeCaches(error)) throw error;
    // What a cache garbled, mixed or kept too long the server may still have. Asked once more, and no oftener.
    const again = await ask({ bypassCaches: true });
    return take(again).catch((second: unknown) => {
      throw second instanceof SyncFailure ? error : second;
    });
  }
}

function mayBeCaches(error: TrustError): boolean {
  return error.code === "clock" || !(error instanceof UntimelyError || isOfTime(error.code));
}

function isRefusal(answer: NetworkOutcome): boolean {
  return (
    answer.kind === "answer" && answer.status >= 400 && answer.status < 500 && answer.status !== 429
  );
}

/** Longest ETag that is sent back: many servers cut off a request whose headers are long. */
const longestEtag = 200;

function etagOf({ headers }: Extract<NetworkOutcome, { kind: "answer" }>): string | null {
  const etag = headers["etag"];
  return etag === undefined || etag.length > longestEtag ? null : etag;
}

/**
 * @param dateSeconds - what the server takes for now. It is not signed: it may only keep from things
 * @throws TrustError; `clock` where this browser's clock is likely to be wrong
 */
async function verifyInTime(
  input: unknown,
  { root, floor, now, version }: BundleQuestion,
  dateSeconds: number | undefined,
  tokens: Ports["tokens"],
): Promise<VerifiedBundle & { readonly bundle: Bundle }> {
  // 2: the newest root that was ever believed cannot be walked back from.
  if (floor !== undefined && root.version < floor.version)
    refuse("root-version", "the root is older than one already believed");
  const at = (seconds: number): ReturnType<typeof verifyBundle> =>
    verifyBundle(input, root, floor, seconds, tokens, version);
  const doubted = ({ manifest }: VerifiedBundle): UntimelyError =>
    new UntimelyError("clock", "this clock is likely to be wrong", manifest.kill);
  let found: Awaited<ReturnType<typeof at>>;
  try {
    found = await at(now.seconds);
  } catch (error) {
    const isLate = error instanceof TrustError && isOfTime(error.code);
    const otherwise =
      isLate && dateSeconds !== undefined && isApart(now, dateSeconds)
        ? await at(dateSeconds).catch(unbelieved)
        : undefined;
    throw otherwise === undefined ? error : doubted(otherwise);
  }
  // Measured against this clock, not against what was believed before it: else a stolen key could push what
  // counts as now by two days with every set, until its keycert ends, and honest sets would come too early.
  const isAhead = found.manifest.iat > now.localSeconds + wireLimits.clockSlackSeconds;
  if (isApart(now, dateSeconds) || isAhead || now.isBehind) throw doubted(found);
  return found;
}
