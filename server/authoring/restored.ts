import type { RecipeStore } from "../store/ports.ts";
import { record, voidPending } from "./record.ts";

/** After every moment that a store knows. */
const everMs = Number.MAX_SAFE_INTEGER;

/**
 * Makes a store that was brought back from a backup safe to go on with: what was taken away since then
 * is not in it, so every token and session is over, nothing waits, and nothing is signed in an epoch in which
 * browsers may have seen more than this store knows.
 *
 * @returns the epoch in which nothing is signed any more; 0 where nothing was ever published
 */
export function sealRestored({
  store,
  now,
}: {
  readonly store: RecipeStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): Promise<number> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const ep = (await writer.latestPublication())?.ep ?? 0;
    for (const { id, revokedMs } of await writer.tokens())
      if (revokedMs === null) await writer.revokeToken(id, atMs);
    await writer.endSessionsBefore({ createdMs: everMs, seenMs: everMs });
    const why = "the store was brought back from a backup";
    for (const { id } of await writer.recipes())
      await voidPending(writer, id, { who: null, atMs, why });
    await record(writer, { who: null, what: "store.restored", atMs, subject: String(ep) });
    return ep;
  });
}
