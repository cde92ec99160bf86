import { readDrafts } from "#server/authoring/drafts.ts";
import { importFrom } from "#server/authoring/import.ts";
import { simulate } from "#server/authoring/simulate.ts";

/** What a list of another system comes to, where no add-on of it is known here. */
export function imported(value: unknown): ReturnType<typeof importFrom> {
  return importFrom("list.json", value, new Map());
}

/** The filter of the first of the files. */
export function filterIn(recipes: readonly { readonly text: string }[]): string {
  return (JSON.parse(recipes[0]?.text ?? "{}") as { filter_expression: string }).filter_expression;
}

/** How many of a thousand made-up browsers enter, by the extension's own core. */
export async function enrolled(text: string): Promise<number> {
  const drafts = readDrafts([{ file: "imported.json", text }]);
  const extensions = { extension: () => Promise.resolve(undefined) };
  const { recipes } = await simulate(drafts, {
    clients: 1_000,
    seed: "1",
    nowMs: Date.UTC(2026, 10, 22),
    extensions,
  });
  return recipes[0]?.enrolled ?? 0;
}
