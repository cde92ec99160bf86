import type { Command } from "commander";
import { type Difference, differencesOf } from "../authoring/differences.ts";
import { findRecipe } from "../authoring/find.ts";
import { ServerError } from "../errors.ts";
import type { StoredRevision } from "../store/ports.ts";
import { printJson, printLine } from "./print.ts";
import { withRegister } from "./with-register.ts";

/** `mulberry recipe diff`: what an approval would change. */
export function addDiffCommand(recipe: Command): void {
  recipe
    .command("diff")
    .description("print what the newest revision changes of what is live, else of the one before")
    .argument("<recipe>", "the recipe's id or slug")
    .option("--json", "print one JSON object a line")
    .action(async (name: string, { json }: { readonly json?: true }, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const { id, live, latest } = await findRecipe(store, name);
        const newest = await store.revision(latest);
        if (newest === undefined)
          throw new ServerError("data/damaged", `recipe ${String(id)} has lost its revision`);
        const before = live ?? newest.parent;
        const base = before === null ? undefined : await store.revision(before);
        for (const difference of differencesOf(saidBy(base), saidBy(newest)))
          if (json === true) printJson(difference);
          else printLine(differenceLine(difference));
      });
    });
}

/** One difference for a person. */
export function differenceLine({ at, before, after }: Difference): string {
  return `${at}: ${written(before)} → ${written(after)}`;
}

/** What a revision says but its own number, which always differs. */
function saidBy(revision: StoredRevision | undefined): object {
  if (revision === undefined) return {};
  const { revision_id: _own, ...said } = JSON.parse(revision.body) as Readonly<
    Record<string, unknown>
  >;
  return said;
}

function written(value: unknown): string {
  return value === undefined ? "(nothing)" : JSON.stringify(value);
}
