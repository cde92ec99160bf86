import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { aliases } from "#recipes/aliases.ts";
import { actionNames } from "#recipes/arguments.ts";
import { filterObjects } from "#recipes/filter-objects.ts";
import { aHeartbeat, anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { inFile } from "#kit/recipe-file.ts";
import { checkFiles } from "#server/authoring/drafts.ts";
import { recipeSchema } from "#server/authoring/recipe-schema.ts";

const folder = new URL("../../../recipes/examples/", import.meta.url);
const examples = readdirSync(folder).filter((name) => name.endsWith(".json"));
const schema: Readonly<Record<string, unknown>> = { ...recipeSchema() };
const takes = new Ajv({ strict: true, allErrors: true, formats: { uri: true } }).compile(schema);

describe("the JSON Schema of recipe files", () => {
  test.each(examples)("takes the example %s", (name) => {
    const value: unknown = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    expect({ taken: takes(value), errors: takes.errors }).toEqual({ taken: true, errors: null });
  });

  test("takes a file that names its schema, and every filter object", () => {
    for (const [type, { example }] of Object.entries(filterObjects)) {
      const filter_object = [{ type, ...example }];
      const { filter_expression: _plain, ...rest } = { filter_expression: "", ...rollout };
      const value = { $schema: "./recipe.schema.json", ...rest, filter_object };
      expect({ type, taken: takes(value) }).toEqual({ type, taken: true });
    }
  });

  test("knows every action by every name", () => {
    const { properties = {}, definitions = {} } = recipeSchema();
    const names = [...actionNames, ...Object.keys(aliases)];
    expect(properties["action"]).toMatchObject({ enum: names });
    expect(Object.keys(definitions).sort()).toEqual([...names, "filter-object"].sort());
  });

  test("says of every argument what it is", () => {
    const { definitions = {} } = recipeSchema();
    for (const name of actionNames) {
      const { properties = {} } = definitions[name] as { readonly properties?: object };
      for (const [member, schema] of Object.entries(properties))
        expect({ name, member, schema: schema as unknown }).toMatchObject({
          schema: { description: expect.any(String) as unknown },
        });
    }
  });

  test.each(breakages())("refuses what the command refuses or warns of: $what", ({ value }) => {
    const { findings, warnings } = checkFiles([{ file: "a", text: JSON.stringify(value) }]);
    expect([...findings, ...warnings]).not.toEqual([]);
    expect(takes(value)).toBe(false);
  });
});

const rollout = inFile(aRollout({ filter_expression: "true" }));

/** Good recipes with one thing wrong in each. */
function breakages(): readonly { readonly what: string; readonly value: object }[] {
  const good = [aRollout(), aPreferenceStudy(), anAddonStudy(), aHeartbeat()].map((recipe) =>
    inFile(recipe, { filter_expression: "true" }),
  );
  return good.flatMap((recipe) => {
    const { action, arguments: said } = recipe as { action: string; arguments: object };
    const breaks: Readonly<Record<string, object>> = {
      "another member": { ...recipe, filter: "true" },
      "no action that there is": { ...recipe, action: "preference" },
      "a name that is none": { ...recipe, name: 1 },
      "a filter object that is none": { ...recipe, filter_object: [{ type: "canal" }] },
      "another argument": { ...recipe, arguments: { ...said, sluggish: true } },
      ...Object.fromEntries(
        Object.keys(said).map((member) => [
          `an argument of another kind, ${member}`,
          { ...recipe, arguments: { ...said, [member]: { not: "this" } } },
        ]),
      ),
    };
    return Object.entries(breaks).map(([what, value]) => ({ what: `${action}: ${what}`, value }));
  });
}
