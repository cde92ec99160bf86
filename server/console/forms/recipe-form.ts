import type { ActionName } from "#recipes/arguments.ts";
import { canonicalAction } from "#recipes/aliases.ts";
import { capabilitiesOf } from "#recipes/capabilities.ts";
import { RecipeError } from "#recipes/errors.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { checkDraft } from "#recipes/parse.ts";
import { slugInArguments } from "#recipes/slug.ts";
import { type CheckedDraft, checkFiles } from "../../authoring/drafts.ts";
import type { Finding } from "../../errors.ts";
import { argumentFields, type Field, type Group } from "./field.ts";
import { placeOf } from "./places.ts";
import { branchesOf, type Branches, nameOf, rowsOf, toTree, toValue, type Tree } from "./tree.ts";

// The whole of a recipe as a form, and back: what a form says is read as a recipe file is, so that
// nothing can be said here that a file could not say, and nothing is judged twice.

/** A recipe in a form. */
export interface RecipeForm {
  readonly action: ActionName;
  readonly tree: Tree;
}

/** What a recipe form says, as far as a recipe came of it. */
export interface ReadForm {
  /** Absent where something is refused. */
  readonly draft?: CheckedDraft;
  /** By the name of the field; `""` for the recipe as a whole. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  /** What looks like a mistake, likewise. */
  readonly warnings: ReadonlyMap<string, readonly Finding[]>;
}

/** Named after its arguments where they hold a name, else by itself. */
const nameless: readonly ActionName[] = ["preference-rollback", "addon-rollback", "console-log"];

/** The fields of a recipe with this action. */
export function recipeFields(action: ActionName): Group {
  const text: Field = { kind: "text", empty: "text" };
  return {
    kind: "group",
    members: {
      name: text,
      ...(nameless.includes(action) && { slug: { kind: "text", empty: "absent" } }),
      arguments: argumentFields(action),
      filter_object: { kind: "conditions", one: false },
      extra_filter_expression: text,
      capabilities: { kind: "lines", of: "text", isOptional: true },
    },
  };
}

/** An empty form. */
export function newForm(action: ActionName): RecipeForm {
  return { action, tree: toTree(recipeFields(action), undefined) };
}

/**
 * The form of a recipe as its file or its stored body has it. Arguments of Normandy's older forms are
 * shown as what they mean today.
 *
 * @returns `undefined` where the value names no action that there is
 */
export function formOfRecipe(value: unknown): RecipeForm | undefined {
  const written = memberOf(value, "action");
  const action = typeof written === "string" ? canonicalAction(written) : undefined;
  if (action === undefined) return undefined;
  const { draft } = checkDraft(value);
  const shown = {
    ...(isObject(value) ? value : {}),
    arguments: draft?.arguments ?? memberOf(value, "arguments"),
    slug: slugInArguments(value) === undefined ? memberOf(value, "slug") : undefined,
    extra_filter_expression:
      memberOf(value, "extra_filter_expression") ?? memberOf(value, "filter_expression"),
    capabilities: givenCapabilities(value),
  };
  return { action, tree: toTree(recipeFields(action), shown) };
}

/** Capabilities beyond those that are inferred anyway. */
function givenCapabilities(value: unknown): readonly unknown[] {
  const { draft } = checkDraft(value);
  const given = memberOf(value, "capabilities");
  if (!Array.isArray(given)) return [];
  try {
    const inferred = draft === undefined ? [] : capabilitiesOf({ ...draft, capabilities: [] });
    return given.filter((name: unknown) => !inferred.some((one) => one === name));
  } catch (error) {
    // A filter that cannot be read needs nothing that could be named.
    if (error instanceof RecipeError) return given;
    throw error;
  }
}

/**
 * Reads a form as a recipe file would be read.
 *
 * @param id - of the recipe that it is a new version of
 */
export function readForm({ action, tree }: RecipeForm, id?: number): ReadForm {
  const fields = recipeFields(action);
  const value = recipeIn({ action, tree }, id);
  const { drafts, findings, warnings } = checkFiles([
    { file: "recipe", text: JSON.stringify(value) },
  ]);
  const inForm = (one: Finding): Finding => ({
    ...one,
    at: placeOf(fields, tree, ofForm(one.at)),
  });
  const twice = sameNames(fields, tree);
  const [draft] = drafts;
  return {
    ...(draft !== undefined && twice.length === 0 && { draft }),
    findings: byPlace([...findings.map(inForm), ...twice]),
    warnings: byPlace(warnings.map(inForm)),
  };
}

/** A form that is whole by itself and was refused all the same. */
export function refusedForm({ action, tree }: RecipeForm, findings: readonly Finding[]): ReadForm {
  const place = (at: string): string => placeOf(recipeFields(action), tree, ofForm(at));
  return {
    findings: byPlace(findings.map((one) => ({ ...one, at: place(one.at) }))),
    warnings: new Map(),
  };
}

/** What is wrong with a filter by itself, and what looks wrong, most pressing first. */
export function filterRemarks(
  filter: string,
): readonly { readonly kind: "error" | "warning"; readonly message: string }[] {
  const recipe = { name: "", action: "console-log", arguments: {}, filter_expression: filter };
  const { findings, warnings } = checkFiles([{ file: "filter", text: JSON.stringify(recipe) }]);
  return [
    ...findings.map(({ message }) => ({ kind: "error" as const, message })),
    ...warnings.map(({ message }) => ({ kind: "warning" as const, message })),
  ];
}

function byPlace(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const places = new Map<string, Finding[]>();
  for (const finding of findings)
    places.set(finding.at, [...(places.get(finding.at) ?? []), finding]);
  return places;
}

/** What a form says, as a recipe file does. */
export function recipeIn({ action, tree }: RecipeForm, id?: number): object {
  const members = toValue(recipeFields(action), tree);
  const {
    filter_object: objects,
    extra_filter_expression: extra,
    ...rest
  } = (isObject(members) ? members : {}) as Readonly<Record<string, unknown>>;
  const hasObjects = Array.isArray(objects) && objects.length > 0;
  return {
    ...(id !== undefined && { id }),
    action,
    ...rest,
    ...(hasObjects
      ? { filter_object: objects, ...(extra !== "" && { extra_filter_expression: extra }) }
      : { filter_expression: extra }),
  };
}

/** A form has one place for the expression, whichever name it goes under in the recipe. */
function ofForm(pointer: string): string {
  return pointer.replace(/^\/filter_expression(?=$|\/)/u, "/extra_filter_expression");
}

/** Two rows of one name, which a recipe could not hold. */
function sameNames(field: Field, tree: Tree | undefined, path = ""): readonly Finding[] {
  switch (field.kind) {
    case "group": {
      const branches: Branches = branchesOf(tree);
      return Object.entries(field.members).flatMap(([name, member]) =>
        sameNames(member, branches[name], `${path}/${name}`),
      );
    }
    case "list":
      return rowsOf(tree).flatMap((row, index) =>
        sameNames(field.item, row, `${path}/${String(index)}`),
      );
    case "named": {
      const names = rowsOf(tree).map(nameOf);
      return names.flatMap((name, index) =>
        name !== "" && names.indexOf(name) < index
          ? {
              code: "recipe/out-of-range",
              file: "recipe",
              at: `${path}/${String(index)}`,
              message: `${name} stands here twice`,
            }
          : [],
      );
    }
    default:
      return [];
  }
}
