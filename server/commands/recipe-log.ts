import type { Command } from "commander";
import { findRecipe } from "../authoring/find.ts";
import { printJson, printLine } from "./print.ts";
import { withRegister } from "./with-register.ts";

/** `mulberry recipe log`: who did what, when, to which text. */
export function addLogCommand(recipe: Command): void {
  recipe
    .command("log")
    .description("print who did what, oldest first: to one recipe, or everything")
    .argument("[recipe]", "the recipe's id or slug")
    .option("--json", "print one JSON object a line")
    .action(
      async (name: string | undefined, { json }: { readonly json?: true }, command: Command) => {
        await withRegister(command, async ({ store }) => {
          const recipeId = name === undefined ? undefined : (await findRecipe(store, name)).id;
          for (const entry of await store.audit(recipeId)) {
            const { seq, atMs, who, what, recipeId: recipe, sha256, subject, comment } = entry;
            const at = new Date(atMs).toISOString();
            if (json === true) {
              printJson({ seq, at, who, what, recipe, sha256, subject, comment });
              continue;
            }
            const words = [
              at,
              who ?? "(data folder)",
              what,
              recipe === null ? "" : `recipe ${String(recipe)}`,
              subject,
              sha256 ?? "",
              comment,
            ];
            printLine(words.filter((word) => word !== "").join("  "));
          }
        });
      },
    );
}
