import { doubtsAbout } from "../authoring/doubts.ts";
import type { CheckedDraft } from "../authoring/drafts.ts";
import { liveSet, propose } from "../authoring/proposed.ts";
import { liveDrafts, rivalries } from "../authoring/rivals.ts";
import type { Finding } from "../errors.ts";
import type { RecipeReader } from "../store/ports.ts";
import { type BlastRadius, blastRadius } from "./blast-radius.ts";

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
