import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileFilterObjects } from "#recipes/filter-object.ts";
import { filterObjects } from "#recipes/filter-objects.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import { checkFiles } from "#server/authoring/drafts.ts";
import type { Tree } from "#server/console/forms/tree.ts";
import { fromPosted } from "#server/console/forms/posted.ts";
import { changed, changeIn } from "#server/console/forms/change.ts";
import { drawRecipeForm } from "#server/console/forms/draw.ts";
import {
  formOfRecipe,
  newForm,
  readForm,
  recipeFields,
  recipeIn,
  type RecipeForm,
} from "#server/console/forms/recipe-form.ts";
import { postedBy } from "#kit/console-forms.ts";

const folder = join(import.meta.dirname, "../../../recipes/examples");
const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

describe("a recipe in a form", () => {
  test.each(examples)("comes back as it went in: $name", ({ name, text }) => {
    const form = formOf(JSON.parse(text));
    const { draft, findings } = readForm(throughThePage(form));
    const [file] = checkFiles([{ file: name, text }]).drafts;
    expect([...findings]).toEqual([]);
    expect(canonicalJson(draft?.draft ?? null)).toBe(canonicalJson(file?.draft ?? null));
    expect(draft?.capabilities).toEqual(file?.capabilities);
  });

  test("shows a study in Normandy's oldest form as what it means today", () => {
    const old = {
      name: "Old",
      action: "single-preference-experiment",
      arguments: {
        slug: "old",
        preferenceName: "a.b",
        preferenceType: "integer",
        branches: [{ slug: "one", ratio: 1, value: 3 }],
      },
      filter_expression: "true",
    };
    expect(recipeIn(throughThePage(formOf(old)))).toMatchObject({
      action: "preference-study",
      arguments: { branches: [{ preferences: { "a.b": { preferenceValue: 3 } } }] },
    });
  });

  test("keeps what was typed where it is refused, each complaint at its field", () => {
    const form = posted("preference-study", [
      ["/name", "A study"],
      ["/arguments/slug", "white space"],
      ["/arguments/branches/3/slug", "one"],
      ["/arguments/branches/3/ratio", "many"],
      ["/arguments/branches/3/preferences/0/=", "a.b"],
      ["/arguments/branches/3/preferences/0/preferenceType", "integer"],
      ["/arguments/branches/3/preferences/0/preferenceValue/text", "x"],
      ["/extra_filter_expression", "env.locale = 3"],
    ]);
    const { draft, findings } = readForm(form);
    expect(draft).toBeUndefined();
    expect([...findings.keys()].sort()).toEqual([
      "/arguments/branches/0/ratio",
      "/arguments/slug",
      "/arguments/userFacingDescription",
      "/arguments/userFacingName",
      "/extra_filter_expression",
    ]);
    expect(throughThePage(form)).toEqual(form);
    expect(postedBy(pageOf(form))).toContainEqual(["/arguments/branches/0/ratio", "many"]);
  });

  test("says of a value that is not of its type so, at the value's field", () => {
    const form = posted("preference-study", [
      ...study,
      ["/arguments/branches/0/preferences/0/=", ""],
      ["/arguments/branches/0/preferences/1/=", "a.b"],
      ["/arguments/branches/0/preferences/1/preferenceType", "integer"],
      ["/arguments/branches/0/preferences/1/preferenceValue/text", "many"],
    ]);
    expect([...readForm(form).findings.keys()]).toEqual([
      "/arguments/branches/0/preferences/1/preferenceValue",
    ]);
  });

  test("refuses a preference that stands in one branch twice, and loses neither", () => {
    const form = posted("preference-study", [
      ...study,
      ["/arguments/branches/0/preferences/0/=", "a.b"],
      ["/arguments/branches/0/preferences/0/preferenceType", "string"],
      ["/arguments/branches/0/preferences/1/=", "a.b"],
      ["/arguments/branches/0/preferences/1/preferenceType", "string"],
    ]);
    const { draft, findings } = readForm(form);
    expect(draft).toBeUndefined();
    expect([...findings.keys()]).toEqual(["/arguments/branches/0/preferences/1"]);
    expect(throughThePage(form)).toEqual(form);
  });

  test("takes a preference named as a prototype for what it is", () => {
    const form = posted("preference-study", [
      ...study,
      ["/arguments/branches/0/preferences/0/=", "__proto__"],
      ["/arguments/branches/0/preferences/0/preferenceType", "string"],
    ]);
    expect(readForm(form).draft).toBeUndefined();
    expect(throughThePage(form)).toEqual(form);
  });

  test.each([
    { typed: "", means: null },
    { typed: "https://a.example/", means: "https://a.example/" },
  ])("an empty address is none: $typed", ({ typed, means }) => {
    const form = posted("show-heartbeat", [["/arguments/postAnswerUrl", typed]]);
    expect(recipeIn(form)).toMatchObject({ arguments: { postAnswerUrl: means } });
  });
});

describe("the rows of a form", () => {
  test("come and go by a press of a button, wherever they stand", () => {
    let form = newForm("preference-study");
    const press = (said: string, type = ""): void => {
      const change = changeIn(said, () => type);
      if (change === undefined) throw new Error(`no button says ${said}`);
      const tree = changed(recipeFields(form.action), form.tree, change);
      form = throughThePage({ ...form, tree });
    };
    press("add /arguments/branches");
    press("add /arguments/branches/1/preferences");
    press("remove /arguments/branches/0");
    press("add /filter_object", "negate");
    press("add /filter_object/0/filter_to_negate", "or");
    press("add /filter_object/0/filter_to_negate/0/subfilters", "qaOnly");
    press("add /filter_object", "channel");
    press("remove /filter_object/1");
    press("add /filter_object", "constructor");
    expect(recipeIn(form)).toMatchObject({
      arguments: { branches: [{ slug: "", preferences: {} }] },
      filter_object: [
        { type: "negate", filter_to_negate: { type: "or", subfilters: [{ type: "qaOnly" }] } },
      ],
    });
    expect(form.tree).toMatchObject({
      arguments: { branches: [{ preferences: [{ "=": "" }] }] },
    });
  });

  test.each(["", "add", "add x", "drop /arguments", "add /arguments//x", "remove /nowhere/3"])(
    "stay as they are where a button says what none says: %s",
    (said) => {
      const { tree, action } = newForm("console-log");
      const change = changeIn(said, () => "channel");
      if (change !== undefined) expect(changed(recipeFields(action), tree, change)).toEqual(tree);
    },
  );
});

describe("the filter builder", () => {
  test.each(Object.entries(filterObjects))(
    "takes every object as it is: %s",
    (type, { example }) => {
      const objects = [{ type, ...example }];
      const form = formOf({ ...hello, filter_object: objects });
      const said = recipeIn(throughThePage(form)) as { readonly filter_object: unknown };
      const context = { slug: "hello" };
      expect(compileFilterObjects(said.filter_object, context)).toEqual(
        compileFilterObjects(objects, context),
      );
    },
  );

  test("points at the field of the object that is wrong, however deep", () => {
    const inner = { type: "channel", channels: [] };
    const form = formOf({
      ...hello,
      filter_object: [{ type: "negate", filter_to_negate: { type: "and", subfilters: [inner] } }],
    });
    expect([...readForm(form).findings.keys()]).toEqual([
      "/filter_object/0/filter_to_negate/0/subfilters/0/channels",
    ]);
  });
});

describe("the page of a form", () => {
  test.each([
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</textarea><img src=x onerror=alert(1)>",
    "&quot;&lt;svg onload=alert(1)&gt;",
    "\n{{7*7}}${7*7}<!--",
    "</option></select><iframe srcdoc=x>",
  ])("shows whatever was typed as text, in every field: %s", (text) => {
    for (const { text: example } of examples) {
      const form = formOf(JSON.parse(example));
      const typed = { ...form, tree: everywhere(form.tree, text) };
      const page = pageOf(typed);
      expect(page).not.toMatch(/<(?:script|img|iframe|svg on)|<!--| onmouseover='/u);
      expect(recipeIn(throughThePage(typed))).toEqual(recipeIn(typed));
    }
  });
});

/** The same form with this text in every field. */
function everywhere(tree: Tree, text: string): Tree {
  if (typeof tree === "string") return text;
  if (typeof tree === "boolean") return tree;
  if (isRows(tree)) return tree.map((row) => everywhere(row, text));
  return Object.fromEntries(
    Object.entries(tree).map(([name, below]) => [name, everywhere(below, text)]),
  );
}

function isRows(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

const hello = {
  name: "Hello",
  slug: "hello",
  action: "console-log",
  arguments: { message: "hello" },
};

/** A study that is whole but for the preferences of its branch. */
const study: readonly (readonly [string, string])[] = [
  ["/name", "A study"],
  ["/arguments/slug", "a-study"],
  ["/arguments/userFacingName", "A study"],
  ["/arguments/userFacingDescription", "Tries."],
  ["/arguments/branches/0/slug", "one"],
  ["/arguments/branches/0/ratio", "1"],
  ["/extra_filter_expression", "true"],
];

function formOf(value: unknown): RecipeForm {
  const form = formOfRecipe(value);
  if (form === undefined) throw new Error("no action");
  return form;
}

function posted(
  action: RecipeForm["action"],
  fields: readonly (readonly [string, string])[],
): RecipeForm {
  const params = new URLSearchParams(fields.map(([name, value]) => [name, value]));
  return { action, tree: fromPosted(recipeFields(action), params) };
}

/** What comes back when the page of a form is posted as it is. */
function throughThePage(form: RecipeForm): RecipeForm {
  return posted(form.action, postedBy(pageOf(form)));
}

function pageOf(form: RecipeForm): string {
  // A text that says of itself that it is escaped is an object.
  return [drawRecipeForm(form, readForm(form)) as string].join();
}
