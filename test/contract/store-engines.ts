import { join } from "node:path";
import { afterAll } from "vitest";
import { startPostgres } from "#kit/postgres.ts";
import { openPostgresStore } from "#server/store/postgres.ts";
import type { RecipeStore } from "#server/store/ports.ts";
import { openSqliteStore } from "#server/store/sqlite.ts";

/** One for a file of tests: each place is a schema of its own there. */
const postgres = await startPostgres();
if (typeof postgres === "string") console.warn(`not tested on PostgreSQL: ${postgres}`);
afterAll(async () => {
  if (typeof postgres !== "string") await postgres[Symbol.asyncDispose]();
});

/** Engines of the store of record: each opens the one that lies at a place, any number of times. */
export const storeEngines: Readonly<Record<string, (place: string) => Promise<RecipeStore>>> = {
  sqlite: (place) => openSqliteStore(join(place, "mulberry.db")),
  ...(typeof postgres !== "string" && {
    postgres: async (place: string) => openPostgresStore(await postgres.schema(place)),
  }),
};
