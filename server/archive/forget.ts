import { rm } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Column, columns } from "./columns.ts";
import { readParquet, sqlText } from "./duck.ts";
import { listPartitions, listParts } from "./partitions.ts";
import { countRows, writePart } from "./parts.ts";

/**
 * Takes every ping that names one of these clients, in any column, out of the archive; each file is
 * replaced by one rename.
 *
 * @param clientIds - UUIDs in lower case
 * @returns how many pings went
 * @throws ServerError `archive/damaged`
 */
export async function forgetArchived(
  connection: DuckDBConnection,
  dataDir: string,
  clientIds: readonly string[],
): Promise<number> {
  const texts = Object.entries<Column>(columns).flatMap(([name, column]) =>
    column.type === "VARCHAR" && column.isClosed !== true ? [name] : [],
  );
  const isNamed = clientIds
    .flatMap((id) => texts.map((name) => `contains(lower(${name}), ${sqlText(id)})`))
    .join(" OR ");
  let forgotten = 0;
  for (const partition of await listPartitions(dataDir)) {
    for (const part of await listParts(dataDir, partition)) {
      const all = await countRows(connection, part);
      const kept = await countRows(connection, part, `NOT (${isNamed})`);
      forgotten += all - kept;
      if (kept === 0) await rm(part);
      else if (kept < all)
        await writePart(connection, part, `FROM ${readParquet([part])} WHERE NOT (${isNamed})`);
    }
  }
  return forgotten;
}
