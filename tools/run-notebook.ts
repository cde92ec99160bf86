import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { runNotebook } from "./notebook.ts";

// `npm run notebook -- PAGE`: a page's cells, and what they print on your data.

const command = new Command("npm run notebook --")
  .description("run the ts cells of a Markdown page, and print the page with what they printed")
  .argument("<page>", "for example docs/notebook.md, or a copy of it that you changed")
  .option("--data <dir>", "the data folder (default: MULBERRY_DATA, else ./.mulberry)")
  .parse();
const { data = process.env["MULBERRY_DATA"] ?? ".mulberry" } = command.opts<{
  readonly data?: string;
}>();
const page = await readFile(command.args[0] ?? "", "utf8");
process.stdout.write(await runNotebook(page, { MULBERRY_DATA: path.resolve(data) }));
