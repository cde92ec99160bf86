import { doubtsAbout } from "../authoring/doubts.ts";
import type { CheckedDraft } from "../authoring/drafts.ts";
import { liveSet, propose } from "../authoring/proposed.ts";
import { liveDrafts, rivalries } from "../authoring/rivals.ts";
import { type Finding, ServerError } from "../errors.ts";
import type { RecipeReader } from "../store/ports.ts";
import type { Inspected } from "#recipes/filter-explain.ts";
import { whyOnPaper } from "../authoring/why.ts";
import { type BlastRadius, blastRadius } from "./blast-radius.ts";
import { storedEnvironments } from "./environments.ts";

/** What somebody ought to know before recipes go live. */
export interface Preview {
  /** What looks like a mistake, by itself or beside what is live. */
  readonly warnings: readonly Finding[];
  readonly radius: BlastRadius;
}

/**
 * Looks at drafts beside the live set: what looks wrong, and what they would do.
 *
 * @param options.most - browsers at most
 * @throws RefusedFiles `extension/not-found`
 */
export async function previewOf(
  drafts: readonly CheckedDraft[],
  store: Pick<RecipeReader, "liveRevisions" | "extension">,
  options: { readonly dataDir: string; readonly nowMs: number; readonly most: number },
): Promise<Preview> {
  const live = await store.liveRevisions();
  const standing = liveDrafts(live);
  const { set: proposed } = await propose(drafts, {
    nowMs: options.nowMs,
    extensions: store,
    live,
  });
  const exchange = { live: liveSet(live), proposed, nowMs: options.nowMs };
  return {
    warnings: [
      ...drafts.flatMap(({ warnings }) => warnings),
      ...rivalries(drafts, standing),
      ...drafts.flatMap((draft) => doubtsAbout(draft, standing)),
    ],
    radius: await blastRadius(exchange, options),
  };
}

/** Why one browser would match a recipe, or not. */
export interface Why {
  readonly clientId: string;
  /** Absent for a recipe without a filter, which every browser matches. */
  readonly inspected?: Inspected;
}

/**
 * Asks a draft's filter of the newest environment that a client sent in the last four weeks, after the
 * live recipes have run there.
 *
 * @throws ServerError `archive/no-such-client`
 */
export async function whyOf(
  { draft }: CheckedDraft,
  store: Pick<RecipeReader, "liveRevisions">,
  options: { readonly dataDir: string; readonly nowMs: number; readonly clientId: string },
): Promise<Why> {
  const { clientId, nowMs } = options;
  for await (const client of storedEnvironments({ ...options, most: 1 })) {
    const live = liveSet(await store.liveRevisions());
    const inspected = await whyOnPaper(draft, client, live, nowMs);
    return { clientId: client.userId, ...(inspected !== undefined && { inspected }) };
  }
  throw new ServerError(
    "archive/no-such-client",
    `the archive has nothing of the last 28 days from the client ${clientId}`,
  );
}
