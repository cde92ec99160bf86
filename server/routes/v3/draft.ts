import { actionNames } from "#recipes/arguments.ts";
import { RecipeError } from "#recipes/errors.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { slugInArguments } from "#recipes/slug.ts";
import { type CheckedDraft, readDrafts } from "../../authoring/drafts.ts";
import { RefusedFiles, ServerError } from "../../errors.ts";
import type { StoredRevision } from "../../store/ports.ts";
import { bodyOf } from "../normandy.ts";

/** What may be written of a recipe. Normandy's tools send the last two; nothing here uses them. */
export const recipeMembers = [
  "action",
  "action_id",
  "arguments",
  "name",
  "slug",
  "comment",
  "extra_filter_expression",
  "filter_object",
  "extra_capabilities",
  "experimenter_slug",
  "identicon_seed",
] as const;

/**
 * Reads what somebody writes of a recipe.
 *
 * @param options.base - the newest revision of the recipe; `undefined` for a new one
 * @param options.isPartial - what is not said stays as it is in the base
 * @throws RefusedFiles with pointers into the request's body; ServerError, RecipeError likewise
 */
export function readWritten(
  value: unknown,
  { base, isPartial }: { readonly base?: StoredRevision | undefined; readonly isPartial: boolean },
): { readonly drafts: readonly CheckedDraft[]; readonly comment: string } {
  if (!isObject(value)) throw new ServerError("http/bad-request", "the body is a recipe's members");
  const stranger = Object.keys(value).find(
    (name) => !recipeMembers.some((member) => member === name),
  );
  if (stranger !== undefined)
    throw new ServerError("http/bad-request", "a recipe has no such member", {
      at: `/${stranger.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    });
  const body = isPartial && base !== undefined ? bodyOf(base) : undefined;
  const given = (name: string, stored = name): unknown =>
    memberOf(value, name) ?? memberOf(body, stored);
  const filter = filterOf(value, body);
  if (filter === undefined)
    throw new RecipeError("recipe/missing", 'say which browsers: "true" is all of them', {
      at: "/extra_filter_expression",
    });
  const recipe = {
    name: given("name"),
    action: actionIn(value) ?? memberOf(body, "action"),
    arguments: given("arguments"),
  };
  // A name in the arguments is the recipe's name; where there is none it keeps the one that it had.
  const slug = given("slug") ?? base?.slug;
  const draft = {
    ...(base && { id: base.recipeId }),
    ...recipe,
    ...(slug !== undefined && slugInArguments(recipe) === undefined && { slug }),
    ...filter,
    capabilities: memberOf(value, "extra_capabilities") ?? [],
  };
  const comment = memberOf(value, "comment");
  const text = JSON.stringify(draft);
  return {
    drafts: inTheirWords(() => readDrafts([{ file: "recipe", text }])),
    comment: typeof comment === "string" ? comment : "",
  };
}

/** The members of a draft that say its filter: as they are written, else as the base has it. */
function filterOf(value: object, body: unknown): object | undefined {
  const objects = memberOf(value, "filter_object") ?? [];
  const extra = memberOf(value, "extra_filter_expression") ?? undefined;
  const hasObjects = !Array.isArray(objects) || objects.length > 0;
  if (!hasObjects && extra === undefined)
    return body === undefined
      ? undefined
      : { filter_expression: memberOf(body, "filter_expression") };
  return {
    ...(hasObjects && { filter_object: objects }),
    ...(extra !== undefined && { extra_filter_expression: extra }),
  };
}

function actionIn(value: object): unknown {
  const id = memberOf(value, "action_id");
  return typeof id === "number" ? actionNames[id - 1] : memberOf(value, "action");
}

/** The filter has another name in Normandy's API. */
function inTheirWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RefusedFiles)) throw error;
    throw new RefusedFiles(
      error.findings.map((finding) => ({
        ...finding,
        at: finding.at.replace(/^\/filter_expression(?=$|\/)/u, "/extra_filter_expression"),
      })),
    );
  }
}
