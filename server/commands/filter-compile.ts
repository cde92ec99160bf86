import type { Command } from "commander";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilterObjects } from "#recipes/filter-object.ts";
import { parseJson } from "#recipes/json.ts";
import { toFinding } from "../authoring/drafts.ts";
import { RefusedFiles } from "../errors.ts";
import { readTextInput } from "./input-files.ts";
import { printJson, printLine } from "./print.ts";

/** `mulberry filter compile`: the filter that Normandy's filter objects come to. */
export function addFilterCompile(filter: Command): void {
  filter
    .command("compile")
    .description("print the filter that a list of filter objects comes to")
    .argument("<file>", "JSON: a list of objects, or one; - is standard input")
    .option("--slug <slug>", "of the recipe that they are for: qaOnly asks for it")
    .option("--json", "print JSON")
    .action(
      async (file: string, { slug, json }: { readonly slug?: string; readonly json?: true }) => {
        const text = await readTextInput(file);
        try {
          const value = parseJson(text, { maxDepth: 64 });
          const isOne = !Array.isArray(value);
          const compiled = compileFilterObjects(isOne ? [value] : value, { slug });
          if (json === true) printJson(compiled);
          else printLine(compiled.expression);
        } catch (error) {
          if (!(error instanceof RecipeError)) throw error;
          throw new RefusedFiles([toFinding(file, error)]);
        }
      },
    );
}
