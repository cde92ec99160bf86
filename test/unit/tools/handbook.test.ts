import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ActionDoc, actionDocs } from "#recipes/argument-docs.ts";
import { actionNames, argumentShapes } from "#recipes/arguments.ts";
import { compileFilter } from "#recipes/filter.ts";
import { nodeOf } from "#recipes/forms.ts";
import { type TransformDoc, transformDocs } from "#recipes/transform-docs.ts";
import { checkFiles } from "#server/authoring/drafts.ts";
import { encodeAnswer } from "#server/commands/filter-answer.ts";
import { readContext } from "#server/commands/filter-client.ts";
import { archiveBlocks, argumentRows, recipeBlocks, withTables } from "#tools/handbook.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
const page = await readFile(pathOf("recipes.md"), "utf8");

test.each([
  { name: "recipes.md", blocks: recipeBlocks },
  { name: "archive.md", blocks: archiveBlocks },
])("docs/$name has the tables that the code gives (`vitest -u` writes them)", async (of) => {
  const path = pathOf(of.name);
  const text = await readFile(path, "utf8");
  await expect(withTables(text, of.blocks)).toMatchFileSnapshot(path);
});

describe("docs/recipes.md", () => {
  test.each(actionNames.map((name) => ({ name })))(
    "says of each argument of $name what it is, and of no other",
    ({ name }) => {
      const { arguments: docs }: ActionDoc = actionDocs[name];
      const rows = argumentRows(nodeOf(argumentShapes[name]));
      expect(Object.keys(docs).sort()).toEqual(rows.map((row) => row.path).sort());
    },
  );

  test("puts every form into words", () => {
    const forms = actionNames.flatMap((name) =>
      argumentRows(nodeOf(argumentShapes[name])).map(({ form }) => form),
    );
    expect(forms.filter((form) => !/^[a-z][a-z0-9 ,:'_()-]*$/iu.test(form))).toEqual([]);
  });

  test.each(Object.entries<TransformDoc>(transformDocs))(
    "gives an example of %s that comes to what it says",
    async (_name, { example, value }) => {
      const client = await readContext(undefined);
      const answer = encodeAnswer(await compileFilter(example).evaluate(client));
      expect(JSON.stringify(answer)).toBe(JSON.stringify(value));
    },
  );

  test("shows filters that raise no doubt", () => {
    const filters = blocksOf("jexl").flatMap((block) => block.trim().split("\n"));
    expect(filters.length).toBeGreaterThan(10);
    const doubts = filters.flatMap((filter) =>
      check({ name: "", action: "console-log", arguments: {}, filter_expression: filter }),
    );
    expect(doubts).toEqual([]);
  });

  test("shows a recipe that raises no doubt", () => {
    const recipes = blocksOf("json").map((block) => JSON.parse(block) as object);
    expect(recipes.length).toBeGreaterThan(0);
    expect(recipes.flatMap(check)).toEqual([]);
  });
});

function check(recipe: object): readonly string[] {
  const { findings, warnings } = checkFiles([{ file: "x.json", text: JSON.stringify(recipe) }]);
  return [...findings, ...warnings].map(({ code, message }) => `${code}: ${message}`);
}

function blocksOf(language: string): readonly string[] {
  const fence = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gsu");
  return [...page.matchAll(fence)].map(([, text = ""]) => text);
}
