import { type ActionName, isActionName } from "#recipes/arguments.ts";
import { slugInArguments } from "#recipes/slug.ts";
import { requestApproval } from "../authoring/approvals.ts";
import type { CheckedDraft } from "../authoring/drafts.ts";
import { publishDrafts } from "../authoring/publish.ts";
import { type Finding, RefusedFiles, ServerError } from "../errors.ts";
import { type GuardedRoute, openTo, type Route, type RouteContext } from "../routes/route.ts";
import type { StoredRecipe, StoredRevision } from "../store/ports.ts";
import { actionsBody, editorBody, type EditorState } from "./editor-page.ts";
import { formIn } from "./form.ts";
import { changed, changeIn } from "./forms/change.ts";
import { fromPosted } from "./forms/posted.ts";
import {
  filterRemarks,
  formOfRecipe,
  newForm,
  type ReadForm,
  readForm,
  recipeFields,
  type RecipeForm,
  refusedForm,
} from "./forms/recipe-form.ts";
import { showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { editPath, newPath, recipePath } from "./paths.ts";
import { recipeIn } from "./recipe-page.ts";
import { type Visitor, visitorOf } from "./visitor.ts";

/** Browsers that a preview counts at most. */
const previewed = 100_000;

/** A recipe and its newest revision; `undefined` where it is still to be made. */
type Edited = { readonly recipe: StoredRecipe; readonly newest: StoredRevision } | undefined;

/** Writing recipes: a new one, and the next revision of one that is there. */
export function editRoutes(parts: ConsoleParts): readonly GuardedRoute[] {
  const { store } = parts;
  const editedIn = async (context: RouteContext): Promise<NonNullable<Edited>> => {
    const recipe = await recipeIn(parts, context);
    const newest = await store.revision(recipe.latest);
    if (newest !== undefined) return { recipe, newest };
    throw new ServerError("data/damaged", `recipe ${String(recipe.id)} has lost its revision`);
  };
  const made: Route = {
    path: newPath,
    handlers: {
      GET: async (context) => {
        const visitor = await visitorOf(parts, context);
        const action = context.req.query("action") ?? "";
        if (isActionName(action))
          return show(context, visitor, undefined, { form: newForm(action) });
        return showPage(context, visitor, { title: "New recipe", body: actionsBody(newPath) });
      },
      POST: async (context) => {
        const action = (await formIn(context)).get("action") ?? "";
        if (!isActionName(action))
          throw new ServerError("http/bad-request", "there is no such action");
        return answer(parts, context, action, undefined);
      },
    },
  };
  const next: Route = {
    path: editPath(":id"),
    handlers: {
      GET: async (context) => {
        const visitor = await visitorOf(parts, context);
        const edited = await editedIn(context);
        return show(context, visitor, edited, { form: formOf(edited.newest) });
      },
      POST: async (context) => {
        const edited = await editedIn(context);
        return answer(parts, context, formOf(edited.newest).action, edited);
      },
    },
  };
  const check: Route = {
    path: "/console/filter-check/",
    handlers: {
      POST: async (context) => {
        const filter = (await formIn(context)).get("filter") ?? "";
        return context.json({ findings: filterRemarks(filter) }, 200, {
          "cache-control": "no-store",
        });
      },
    },
  };
  return openTo("write", [made, next, check]);
}

function formOf(newest: StoredRevision): RecipeForm {
  const form = formOfRecipe(JSON.parse(newest.body));
  if (form !== undefined) return form;
  throw new ServerError("recipe/action-changed", "no form goes with this recipe's action");
}

/** Does what a button of the form asks for; whatever is refused, the form comes back as it was sent. */
async function answer(
  parts: ConsoleParts,
  context: RouteContext,
  action: ActionName,
  edited: Edited,
): Promise<Response> {
  const visitor = await visitorOf(parts, context);
  const posted = await formIn(context);
  const said = posted.get("do") ?? "check";
  const comment = posted.get("comment") ?? "";
  const form = { action, tree: fromPosted(recipeFields(action), posted) };
  const change = changeIn(said, (at) => posted.get(`new ${at}`) ?? "");
  if (change !== undefined) {
    const tree = changed(recipeFields(action), form.tree, change);
    return show(context, visitor, edited, { form: { action, tree }, comment });
  }
  const state = { form, comment, read: readForm(form, edited?.recipe.id) };
  const { draft } = state.read;
  if (draft === undefined) return show(context, visitor, edited, state);
  if (said === "preview") {
    const preview = await parts.preview([draft], previewed);
    return show(context, visitor, edited, { ...state, preview });
  }
  if (said === "why") {
    const clientId = (posted.get("client") ?? "").trim();
    const why = await parts.why(draft, clientId).catch((error: unknown) => {
      if (error instanceof ServerError) return { clientId, refusal: error.message };
      throw error;
    });
    return show(context, visitor, edited, { ...state, why });
  }
  if (said !== "save" && said !== "request") return show(context, visitor, edited, state);
  const obstacle = await obstacleTo(parts, draft, edited, posted.get("base"));
  if (obstacle !== undefined)
    return show(context, visitor, edited, { ...state, read: refusedForm(form, [obstacle]) });
  try {
    const id = await save(parts, draft, { visitor, comment });
    if (said === "request") await requestApproval(parts, visitor.by, id);
    return context.redirect(`${recipePath(id)}?done=${said}`, 303);
  } catch (error) {
    if (!(error instanceof RefusedFiles)) throw error;
    const read = refusedForm(form, error.findings);
    return show(context, visitor, edited, { ...state, read });
  }
}

async function save(
  { publish, serverUrl }: ConsoleParts,
  draft: CheckedDraft,
  { visitor, comment }: { readonly visitor: Visitor; readonly comment: string },
): Promise<number> {
  const [saved] = await publish((publishing) =>
    publishDrafts(publishing, [draft], {
      by: visitor.by,
      approval: "waiting",
      comment,
      serverUrl: serverUrl(),
    }),
  );
  if (saved === undefined) throw new Error("a draft was stored and has no revision");
  return saved.id;
}

/** What only this page refuses: to write over what its author has not seen. */
async function obstacleTo(
  { store }: Pick<ConsoleParts, "store">,
  { file, draft }: CheckedDraft,
  edited: Edited,
  base: string | null,
): Promise<Finding | undefined> {
  if (edited !== undefined) {
    if (String(edited.recipe.latest) === base) return undefined;
    const message = "somebody has written another revision meanwhile: look at it first";
    return { code: "approval/outdated", file, at: "", message };
  }
  const namesake = (await store.recipes()).find(({ slug }) => slug === draft.slug);
  if (namesake === undefined) return undefined;
  const message = `recipe ${String(namesake.id)} has this name already: edit that one, or take another name`;
  const named = slugInArguments(draft);
  const at = named === undefined ? "/slug" : `/arguments/${named.member}`;
  return { code: "recipe/duplicate-slug", file, at, message };
}

function show(
  context: RouteContext,
  visitor: Visitor,
  edited: Edited,
  state: Omit<EditorState, "base"> & { readonly read?: ReadForm },
): Response | Promise<Response> {
  const base = edited === undefined ? "" : String(edited.recipe.latest);
  const isRefused = state.read !== undefined && state.read.draft === undefined;
  return showPage(
    context,
    visitor,
    {
      title: edited === undefined ? "New recipe" : `Edit ${edited.recipe.slug}`,
      place: "/console/",
      body: editorBody(visitor, { ...state, base }),
      scripts: ["recipe-form.js"],
    },
    isRefused ? 400 : 200,
  );
}
