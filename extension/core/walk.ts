import { type RootPayload, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { isJson, jsonOf, SyncFailure } from "./answers.ts";
import type { Ports } from "./ports.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { verifyRoot } from "./trust.ts";
import { TrustError } from "./trust-error.ts";

/** Roots are walked one by one; more than this many at once is not a walk but a trap. */
const longestWalk = 32;
/** And a server that takes its time over each is not waited for longer, in milliseconds. */
const walkMs = 60_000;

type Root = Awaited<ReturnType<typeof verifyRoot>>;

export interface Walk extends Root {
  /** Names of the root keys of every root on the way: a later build may pin any of them. */
  readonly names: readonly string[];
  /** What the server gave for the next root, if that was none: the roots before it hold for what only removes. */
  readonly failure?: SyncFailure | TrustError;
}

/** The root that a build pins, held against its own threshold. @throws TrustError */
export async function readPinned(
  pinnedRoot: unknown,
  ports: Pick<Ports, "tokens">,
  watch: Stopwatch,
): Promise<Root> {
  return watch.time(() => verifyRoot(pinnedRoot, ports.tokens));
}

/**
 * From the newest root that is known, one by one to the last that the server has: clause 2.
 *
 * @param kept - the newest root of the last run, as it was served
 */
export async function walkRoots(
  serverUrl: string,
  pinned: Root,
  kept: unknown,
  ports: Pick<Ports, "tokens" | "network">,
  watch: Stopwatch,
): Promise<Walk> {
  const verify = (input: unknown, previous?: Verified<RootPayload>): Promise<Root> =>
    watch.time(() => verifyRoot(input, ports.tokens, previous));
  let current = pinned;
  // Until a root is rotated, the one that is kept is the pinned one: its signatures need no second look.
  if (kept !== undefined && JSON.stringify(kept) !== JSON.stringify(pinned.signed)) {
    // A copy that was damaged is walked to again.
    const believed = await verify(kept).catch(unbelieved);
    // A newer build may pin a newer root than the one that was walked to.
    if (believed?.root.env === pinned.root.env && believed.root.version > pinned.root.version)
      current = believed;
  }
  const names = new Set([pinned, current].flatMap(({ root }) => root.roles.root.k));
  for (let step = 0; step < longestWalk && watch.age < walkMs; step += 1) {
    const next = `${serverUrl}/v2/root/${String(current.root.version + 1)}.json`;
    const answer = await ports.network.get(next, { maxBytes: wireLimits.rootBytes });
    // No next root, or none that arrives: the one we have holds until it expires.
    if (answer.kind !== "answer" || answer.status !== 200 || !isJson(answer)) break;
    try {
      current = await verify(jsonOf(answer.bytes), current.root);
      for (const name of current.root.roles.root.k) names.add(name);
    } catch (failure) {
      if (failure instanceof TrustError || failure instanceof SyncFailure)
        return { ...current, names: [...names], failure };
      throw failure;
    }
  }
  return { ...current, names: [...names] };
}

/** @returns `undefined` for what was refused; a fault of ours is thrown on */
export function unbelieved(error: unknown): undefined {
  if (!(error instanceof TrustError)) throw error;
}
