import type { StoredEvent } from "#server/ingest/reader.ts";
import { normandyCategory } from "#telemetry/events.ts";
import { uptakeOf } from "./cycle.ts";
import { line, type NamedRecipe } from "./live-view.ts";
import type { PreferenceOnShow } from "./start-up.ts";

/**
 * What a cycle came to, from what the store gives back and what the browser now holds.
 * @param preferences - by name, as about:config shows them
 */
export function summarise(
  events: readonly StoredEvent[],
  published: { readonly n: number; readonly recipes: readonly NamedRecipe[] },
  preferences: Readonly<Record<string, PreferenceOnShow>>,
): readonly string[] {
  const uptake = uptakeOf(events);
  const width = Math.max(...published.recipes.map(({ slug }) => slug.length));
  const enrolments = events.filter(
    ({ category, method }) => category === normandyCategory && method === "enroll",
  );
  return [
    `Through: manifest ${published.n} with ${published.recipes.length} recipes; read back from the store:`,
    ...published.recipes.map(({ id, slug }) => {
      const { status = "", reason } = uptake.get(id) ?? {};
      const why = reason === undefined ? "" : ` (${reason})`;
      return `  ${line("uptake", `${String(id).padStart(3)} ${slug.padEnd(width)}  ${status}${why}`)}`;
    }),
    ...enrolments.map(({ object, value, extra }) => {
      const branch = extra?.["branch"] === undefined ? "" : `  branch ${extra["branch"]}`;
      return `  ${line("enrolled", `${object} ${value ?? ""}${branch}  id ${extra?.["enrollmentId"] ?? ""}`)}`;
    }),
    ...Object.entries(preferences).map(([name, { value, default: byDefault }]) => {
      // A study on the default branch shows only where the person set nothing.
      const hidden = value === byDefault ? "" : `  (default ${JSON.stringify(byDefault)})`;
      return `  ${line("browser", `${name} = ${JSON.stringify(value)}${hidden}`)}`;
    }),
  ];
}
