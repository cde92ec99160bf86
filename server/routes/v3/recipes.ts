import { requestApproval } from "../../authoring/approvals.ts";
import { disableRecipe, publishDrafts } from "../../authoring/publish.ts";
import { ServerError } from "../../errors.ts";
import type { StoredRecipe, StoredRevision } from "../../store/ports.ts";
import { bearerIn } from "../guard.ts";
import { byId } from "../ids.ts";
import { isTrue } from "../normandy.ts";
import type { Handler, RouteContext } from "../route.ts";
import { readWritten } from "./draft.ts";
import { pageOf } from "./page.ts";
import { type AuthoringParts, fresh, writtenIn } from "./parts.ts";
import type { Resource } from "./resource.ts";
import { openShapes } from "./shapes.ts";

/** Recipes and their revisions: look, write, ask, stop. */
export function recipeResources(parts: AuthoringParts): readonly Resource[] {
  const { store } = parts;
  const recipeIn = async (context: RouteContext): Promise<StoredRecipe> => {
    const recipe = await byId(context, (id) => store.recipe(id));
    if (recipe === undefined) throw new ServerError("recipe/not-found", "no such recipe");
    return recipe;
  };
  const revisionIn = async (context: RouteContext): Promise<StoredRevision> => {
    const revision = await byId(context, (number) => store.revision(number));
    if (revision === undefined) throw new ServerError("recipe/not-found", "no such revision");
    return revision;
  };
  const shown = async (id: number): Promise<object> => {
    const recipe = await store.recipe(id);
    if (recipe === undefined) throw new ServerError("recipe/not-found", "no such recipe");
    return (await openShapes(store)).recipe(recipe);
  };
  /** A new revision, which waits; where nothing is new, the one that is there. */
  const write = async (
    context: RouteContext,
    over: { readonly base?: StoredRevision | undefined; readonly isPartial: boolean },
  ): Promise<object> => {
    const { drafts, comment } = readWritten(await writtenIn(context), over);
    const by = bearerIn(context);
    const serverUrl = parts.serverUrl();
    const [published] = await parts.publish((publishing) =>
      publishDrafts(publishing, drafts, { by, approval: "waiting", comment, serverUrl }),
    );
    return shown(published?.id ?? 0);
  };
  const edit =
    (isPartial: boolean): Handler =>
    async (context) => {
      const base = await store.revision((await recipeIn(context)).latest);
      return context.json(await write(context, { base, isPartial }), 200, fresh);
    };
  return [
    {
      path: "/api/v3/recipe/",
      operations: {
        GET: {
          access: "read",
          doc: "Recipes, newest first; `enabled`, `action` and `text` narrow them down.",
          answer: async (context) => {
            const { enabled, action, text = "" } = context.req.query();
            const wanted: StoredRecipe[] = [];
            for (const recipe of (await store.recipes()).toReversed()) {
              const newest = await store.revision(recipe.latest);
              const words = `${recipe.slug} ${newest?.name ?? ""}`.toLowerCase();
              if (enabled !== undefined && (recipe.live !== null) !== isTrue(enabled)) continue;
              if (action !== undefined && newest?.action !== action) continue;
              if (words.includes(text.toLowerCase())) wanted.push(recipe);
            }
            const { recipe: describe } = await openShapes(store);
            const serverUrl = parts.serverUrl();
            return context.json(await pageOf(context, wanted, { serverUrl, describe }), 200, fresh);
          },
        },
        POST: {
          access: "write",
          doc: "Writes a recipe. One with the slug of a recipe that is there becomes its next revision.",
          body: "RecipeWrite",
          answer: async (context) =>
            context.json(await write(context, { isPartial: false }), 201, fresh),
        },
      },
    },
    {
      path: "/api/v3/recipe/:id/",
      operations: {
        GET: {
          access: "read",
          doc: "One recipe: what is approved, and what is newest.",
          answer: async (context) =>
            context.json(await shown((await recipeIn(context)).id), 200, fresh),
        },
        PUT: {
          access: "write",
          doc: "Writes the next revision; what waited for approval is void.",
          body: "RecipeWrite",
          answer: edit(false),
        },
        PATCH: {
          access: "write",
          doc: "Writes the next revision: the newest one with these members changed.",
          body: "RecipeWrite",
          answer: edit(true),
        },
      },
    },
    {
      path: "/api/v3/recipe/:id/history/",
      operations: {
        GET: {
          access: "read",
          doc: "Every revision of a recipe, newest first.",
          answer: async (context) => {
            const { id } = await recipeIn(context);
            const { revision } = await openShapes(store);
            const revisions = (await store.revisionsOf(id)).toReversed();
            return context.json(await Promise.all(revisions.map(revision)), 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/recipe/:id/enable/",
      operations: {
        POST: {
          access: "write",
          doc: "Always refused: a recipe starts when a request is approved, each time anew.",
          answer: async (context) => {
            const { live, slug } = await recipeIn(context);
            if (live !== null) throw new ServerError("recipe/live-already", `${slug} is live`);
            throw new ServerError(
              "approval/required",
              "ask for approval of its newest revision: once somebody approves, it is live",
            );
          },
        },
      },
    },
    {
      path: "/api/v3/recipe/:id/disable/",
      operations: {
        POST: {
          access: "stop",
          doc: "Takes a recipe away from clients; one person is enough.",
          answer: async (context) => {
            const { id } = await recipeIn(context);
            const by = bearerIn(context);
            await parts.publish((publishing) => disableRecipe(publishing, id, by));
            return context.json(await shown(id), 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/recipe_revision/:id/",
      operations: {
        GET: {
          access: "read",
          doc: "One revision.",
          answer: async (context) => {
            const revision = await revisionIn(context);
            return context.json(await (await openShapes(store)).revision(revision), 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/recipe_revision/:id/request_approval/",
      operations: {
        POST: {
          access: "write",
          doc: "Asks that a revision goes live; it has to be its recipe's newest.",
          answer: async (context) => {
            const { number, recipeId } = await revisionIn(context);
            const request = await requestApproval(parts, bearerIn(context), recipeId, number);
            return context.json((await openShapes(store)).request(request), 201, fresh);
          },
        },
      },
    },
  ];
}
