import type { KillList } from "#recipes/manifest.ts";
import {
  approve,
  reject,
  requestApproval,
  type Verdict,
  withdraw,
} from "../authoring/approvals.ts";
import { addKills, liftKills } from "../authoring/kill.ts";
import { disableRecipe } from "../authoring/publish.ts";
import { isCoded, RefusedFiles, ServerError } from "../errors.ts";
import { toErrorAnswer } from "../routes/errors.ts";
import { type GuardedRoute, openTo } from "../routes/route.ts";
import type { Scope } from "../store/ports-people.ts";
import type { StoredRecipe } from "../store/ports.ts";
import type { Deed } from "./deeds-done.ts";
import { formIn } from "./form.ts";
import type { ConsoleParts } from "./parts.ts";
import { recipePath } from "./paths.ts";
import { recipeIn, showRecipe } from "./recipe-page.ts";
import { type Visitor, visitorOf } from "./visitor.ts";

/** What is wanted, of which recipe, by whom. */
interface Wish {
  readonly parts: ConsoleParts;
  readonly recipe: StoredRecipe;
  readonly by: Visitor["by"];
  readonly form: URLSearchParams;
}

/** Each thing that can be done to a recipe, by the very function that the API and the commands call. */
const deeds = {
  request: {
    access: "write",
    run: async ({ parts, recipe, by, form }) => {
      await requestApproval(parts, by, recipe.id, numberIn(form, "revision"));
    },
  },
  approve: {
    access: "approve",
    run: async (wish) => {
      const verdict = await verdictIn(wish);
      await wish.parts.publish((publishing) => approve(publishing, wish.by, verdict));
      wish.parts.metrics.incr("recipe.publish", {});
    },
  },
  reject: {
    access: "approve",
    run: async (wish) => {
      await reject(wish.parts, wish.by, await verdictIn(wish));
    },
  },
  withdraw: {
    access: "write",
    run: async (wish) => {
      await withdraw(wish.parts, wish.by, await verdictIn(wish));
    },
  },
  disable: {
    access: "stop",
    run: async ({ parts, recipe, by }) => {
      await parts.publish((publishing) => disableRecipe(publishing, recipe.id, by));
    },
  },
  kill: {
    access: "stop",
    run: async ({ parts, recipe, by }) => {
      await parts.publish((publishing) => addKills(publishing, all(recipe), by));
    },
  },
  lift: {
    access: "stop",
    run: async ({ parts, recipe, by }) => {
      await parts.publish((publishing) => liftKills(publishing, all(recipe), by));
    },
  },
} as const satisfies Readonly<
  Record<Deed, { readonly access: Scope; run(wish: Wish): Promise<void> }>
>;

/** Review, start and stop. */
export function reviewRoutes(parts: ConsoleParts): readonly GuardedRoute[] {
  return Object.entries(deeds).flatMap(([name, { access, run }]) =>
    openTo(access, [
      {
        path: `/console/recipes/:id/${name}/`,
        handlers: {
          POST: async (context) => {
            const visitor = await visitorOf(parts, context);
            const recipe = await recipeIn(parts, context);
            const form = await formIn(context);
            try {
              await run({ parts, recipe, by: visitor.by, form });
            } catch (error) {
              if (!isCoded(error) && !(error instanceof RefusedFiles)) throw error;
              const comment = form.get("comment") ?? "";
              const refusal = toErrorAnswer(error);
              return showRecipe(parts, context, visitor, recipe, { refusal, comment });
            }
            return context.redirect(`${recipePath(recipe.id)}?done=${name}`, 303);
          },
        },
      },
    ]),
  );
}

/** A verdict on a request of this very recipe: what the path names and what the form names is one thing. */
async function verdictIn({ parts, recipe, form }: Wish): Promise<Verdict> {
  const request = await parts.store.request(numberIn(form, "request"));
  if (request?.recipeId !== recipe.id)
    throw new ServerError("approval/not-found", "this recipe has no such request: load it again");
  return {
    request: request.id,
    sha256: form.get("sha256") ?? "",
    comment: (form.get("comment") ?? "").trim(),
  };
}

/** @throws ServerError `http/bad-request` */
function numberIn(form: URLSearchParams, name: string): number {
  const text = form.get(name) ?? "";
  if (/^[1-9]\d{0,14}$/u.test(text)) return Number(text);
  throw new ServerError("http/bad-request", "the form is not whole: load the page again", {
    at: `/${name}`,
  });
}

/** All that a recipe can be killed by: its id, and what runs under its slug. */
function all({ id, slug }: StoredRecipe): KillList {
  return { all: false, ids: [id], slugs: [slug], prefs: [], addons: [] };
}
