import type { Command } from "commander";
import { printJson } from "./print.ts";

/** `mulberry recipe schema`: what editors hold recipe files against. */
export function addSchemaCommand(recipe: Command): void {
  recipe
    .command("schema")
    .description("print the JSON Schema of recipe files, for editors")
    .option("--json", "print it on one line")
    .action(async ({ json }: { readonly json?: true }) => {
      const { recipeSchema } = await import("../authoring/recipe-schema.ts");
      const schema = recipeSchema();
      if (json === true) printJson(schema);
      else process.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
    });
}
