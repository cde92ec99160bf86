import type { LogFields } from "#server/observe/log.ts";
import type { StoredEvent } from "#server/ingest/reader.ts";
import { uptakeCategory } from "#telemetry/events.ts";
import { recipeIdOf } from "#telemetry/uptake.ts";

// What `npm start` prints while it runs: one line a person can read for each thing that happens.

/** A recipe as the lines name it. */
export interface NamedRecipe {
  readonly id: number;
  readonly slug: string;
  /** Base64url, as the body's address ends. */
  readonly sha256: string;
}

/** A line about one answered request, or `undefined` where it is nobody's news. */
export function lineOfRequest(
  fields: LogFields,
  recipes: readonly NamedRecipe[],
): string | undefined {
  const { method, path, code } = fields;
  if (typeof path !== "string") return undefined;
  const answer = `(${String(code)})`;
  if (path === "/v2/bundle.json") {
    return code === 304
      ? line("fetched", `bundle: nothing new ${answer}`)
      : line("fetched", `bundle ${answer}`);
  }
  const [, hash] = /^\/v2\/r\/(.+)$/u.exec(path) ?? [];
  if (hash !== undefined) {
    const recipe = recipes.find(({ sha256 }) => sha256 === hash);
    return line("fetched", `body of ${recipe?.slug ?? hash} ${answer}`);
  }
  const [, root] = /^\/v2\/root\/(\d+)\.json$/u.exec(path) ?? [];
  if (root !== undefined) {
    // Every run asks for the next root, and there hardly ever is one.
    return code === 404
      ? line("asked", "for a newer root: none")
      : line("fetched", `root ${root} ${answer}`);
  }
  if (path.startsWith("/extensions/")) return line("fetched", `study add-on ${answer}`);
  if (path.startsWith("/submit/")) return line("received", `ping ${answer}`);
  if (path.startsWith("/api/v1/classify_client")) return line("asked", `where am I? ${answer}`);
  return line("answered", `${String(method)} ${path} ${answer}`);
}

/** A line about one event that a client sent. */
export function lineOfEvent(event: StoredEvent, recipes: readonly NamedRecipe[]): string {
  const extra = event.extra ?? {};
  if (event.category === uptakeCategory) {
    const reason = extra["reason"] === undefined ? "" : ` (${extra["reason"]})`;
    return line("uptake", `${subjectOf(extra["source"], recipes)}: ${event.value ?? ""}${reason}`);
  }
  const details = Object.entries(extra).map(([name, value]) => `${name}=${value}`);
  return line(event.method, [`${event.object} ${event.value ?? ""}`, ...details].join("  "));
}

/** A line: what happened in a word, then to what. */
export function line(what: string, rest: string): string {
  return `${what.padEnd(10)} ${rest}`;
}

function subjectOf(source: string | undefined, recipes: readonly NamedRecipe[]): string {
  const id = recipeIdOf(source);
  if (id === undefined) return (source ?? "").replace(/^normandy\//u, "").replace("/", " ");
  const slug = recipes.find((recipe) => recipe.id === id)?.slug;
  return `recipe ${id}${slug === undefined ? "" : ` ${slug}`}`;
}
