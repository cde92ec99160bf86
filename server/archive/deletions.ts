import type { Honoured, Honouring } from "../ingest/honour.ts";
import { holdArchive } from "./hold.ts";
import { listPartitions } from "./partitions.ts";

/**
 * Honours what clients asked for at or before a moment, in the archive as well. The archive is held
 * meanwhile: what is not there any more cannot be archived again.
 *
 * @throws ServerError `archive/locked` while another process writes there, `archive/damaged`; what is
 *   left is done by the next call
 */
export async function honourDeletions(
  dataDir: string,
  deletions: Honouring,
  beforeMs: number,
): Promise<Honoured> {
  return await holdArchive(dataDir, () =>
    deletions.honour(beforeMs, async (clientIds) => {
      if ((await listPartitions(dataDir)).length === 0) return 0;
      // DuckDB is 70 MB: a server without an archive never loads it.
      const [{ usingDuck }, { forgetArchived }] = await Promise.all([
        import("./duck.ts"),
        import("./forget.ts"),
      ]);
      return await usingDuck((connection) => forgetArchived(connection, dataDir, clientIds));
    }),
  );
}
