import { join } from "node:path";
import type { RecipeStore } from "#server/store/ports.ts";
import { openSqliteStore } from "#server/store/sqlite.ts";

/** Engines of the store of record: each opens the one that lies at a place, any number of times. */
export const storeEngines: Readonly<Record<string, (place: string) => Promise<RecipeStore>>> = {
  sqlite: (place) => openSqliteStore(join(place, "mulberry.db")),
};
