import type { StoredAudit } from "../store/ports-people.ts";
import type { RecipeWriter } from "../store/ports.ts";

/** What is said of everything that was done; the rest only where it has one. */
type Entry = Pick<StoredAudit, "who" | "what" | "atMs"> & Partial<StoredAudit>;

/** Notes down for ever who did what. */
export function record(writer: RecipeWriter, entry: Entry): Promise<void> {
  return writer.addAudit({ recipeId: null, sha256: null, subject: "", comment: "", ...entry });
}

/**
 * Ends the request of a recipe that waits, where there is one: what was asked for is no longer what
 * is there.
 *
 * @param why - for whoever reads the history
 */
export async function voidPending(
  writer: RecipeWriter,
  recipeId: number,
  { who, atMs, why }: { readonly who: string | null; readonly atMs: number; readonly why: string },
): Promise<void> {
  const request = await writer.pendingRequest(recipeId);
  if (request === undefined) return;
  await writer.closeRequest(request.id, {
    state: "void",
    decider: who,
    comment: why,
    decidedMs: atMs,
  });
  const { sha256 } = request;
  await record(writer, { who, what: "approval.void", atMs, recipeId, sha256, comment: why });
}
