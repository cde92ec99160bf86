import { html } from "hono/html";
import { checkDraft } from "#recipes/parse.ts";
import { type Glance, glanceAt, outlookOf } from "../authoring/glance.ts";
import { warningsIn } from "../authoring/lint.ts";
import { type Neighbour, neighboursOf } from "../authoring/neighbours.ts";
import { liveRecipes } from "../authoring/rivals.ts";
import { ServerError } from "../errors.ts";
import { byId } from "../routes/ids.ts";
import type { Refusal } from "../routes/errors.ts";
import type { Route, RouteContext } from "../routes/route.ts";
import type { StoredRecipe, StoredRevision } from "../store/ports.ts";
import { chips } from "./chips.ts";
import { deedsDone } from "./deeds-done.ts";
import { auditTable, revisionsView } from "./history-view.ts";
import { type Markup, showPage } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";
import { editPath, recipePath } from "./paths.ts";
import { actionsCard, reviewCard, revisionHeading } from "./review-view.ts";
import { revisionView } from "./revision-view.ts";
import { type Visitor, visitorOf } from "./visitor.ts";
import { moment, sentence, whoDid } from "./words.ts";

/** One recipe, and each of its revisions. */
export function recipeRoutes(parts: ConsoleParts): readonly Route[] {
  const { store } = parts;
  return [
    {
      path: "/console/recipes/:id/",
      handlers: {
        GET: async (context) => {
          const visitor = await visitorOf(parts, context);
          return showRecipe(parts, context, visitor, await recipeIn(parts, context));
        },
      },
    },
    {
      path: "/console/recipes/:id/revisions/:number/",
      handlers: {
        GET: async (context) => {
          const visitor = await visitorOf(parts, context);
          const recipe = await recipeIn(parts, context);
          const revisions = await store.revisionsOf(recipe.id);
          const numbered = (text: string | undefined): StoredRevision | undefined =>
            revisions.find(({ number }) => String(number) === text);
          const revision = numbered(context.req.param("number"));
          if (revision === undefined)
            throw new ServerError("recipe/not-found", "the recipe has no such revision");
          const against = numbered(context.req.query("against") ?? String(revision.parent));
          const body = html`<p>
              <a href="${recipePath(recipe.id)}">${recipe.slug}</a>, by ${whoDid(revision.author)},
              ${moment(revision.createdMs)}.
              <code>${revision.sha256}</code>
            </p>
            ${revision.comment === "" ? "" : html`<p>${revision.comment}</p>`}
            ${compareForm(revision, against, revisions)} ${revisionHeading(revision, against)}
            ${revisionView(revision)}`;
          const title = `Revision ${String(revision.number)} of ${recipe.slug}`;
          return showPage(context, visitor, { title, place: "/console/", body });
        },
      },
    },
  ];
}

/** The recipe that a path names. @throws ServerError `recipe/not-found` */
export async function recipeIn(
  { store }: Pick<ConsoleParts, "store">,
  context: RouteContext,
): Promise<StoredRecipe> {
  const recipe = await byId(context, (id) => store.recipe(id));
  if (recipe === undefined) throw new ServerError("recipe/not-found", "there is no such recipe");
  return recipe;
}

/** What somebody tried on the page, and was refused. */
export interface Attempt {
  readonly refusal: Refusal;
  /** What they had written. */
  readonly comment: string;
}

/** Shows a recipe; after an attempt that was refused, with the reason above it. */
export async function showRecipe(
  parts: ConsoleParts,
  context: RouteContext,
  visitor: Visitor,
  recipe: StoredRecipe,
  attempt?: Attempt,
): Promise<Response> {
  const { store, now } = parts;
  const glance = await glanceAt(store, recipe);
  const { newest, live } = glance;
  const said: unknown = JSON.parse(newest.body);
  const { draft } = checkDraft(said);
  const neighbours = draft === undefined ? [] : neighboursOf(draft, await liveRecipes(store));
  const body = html`${attempt === undefined ? done(context) : refused(attempt)}
    <p class="row">
      ${chips(glance, outlookOf(live ?? newest), now())}
      <span class="soft">${recipe.id} · ${recipe.slug}</span>
    </p>
    ${reviewCard(glance, visitor, attempt?.comment ?? "")} ${shownRevision(glance)}
    ${revisionView(newest)} ${remarks(warningsIn(said), neighbours)} ${actionsCard(glance, visitor)}
    ${revisionsView(recipe, await store.revisionsOf(recipe.id))}
    <section class="card">
      <h2>What was done</h2>
      ${auditTable((await store.audit(recipe.id)).toReversed(), { isOfOneRecipe: true })}
    </section>`;
  const title = newest.name === "" ? recipe.slug : newest.name;
  const page = {
    title,
    place: "/console/",
    body,
    ...(visitor.scopes.includes("write") && {
      tools: html`<a class="button quiet" href="${editPath(recipe.id)}">Edit</a>`,
    }),
  } as const;
  return showPage(context, visitor, page, attempt?.refusal.status);
}

function done(context: RouteContext): Markup {
  const deed = context.req.query("done") ?? "";
  const said = Object.hasOwn(deedsDone, deed) ? deedsDone[deed as keyof typeof deedsDone] : "";
  return said === "" ? html`` : html`<p class="note good" role="status">${said}</p>`;
}

function refused({ refusal: { answer } }: Attempt): Markup {
  const said = answer.findings ?? [answer];
  return html`<div class="note bad" role="alert">
    ${said.map(({ message, code }) => html`<p>${sentence(message)} <code>${code}</code></p>`)}
  </div>`;
}

/** Which text is shown below, where clients have another one. */
function shownRevision({ newest, live }: Glance): Markup {
  if (live === undefined || live.number === newest.number) return html``;
  return html`<p class="note">
    Below is revision ${newest.number}, which is not live. Clients have
    <a href="${recipePath(live.recipeId)}revisions/${live.number}/">revision ${live.number}</a>.
  </p>`;
}

const neighbourWords = {
  "same-preference": "sets it too",
  "same-browsers": "draws some of the same browsers",
  "other-browsers": "draws other browsers",
} as const satisfies Readonly<Record<Neighbour["kind"], string>>;

function remarks(
  warnings: ReturnType<typeof warningsIn>,
  neighbours: readonly Neighbour[],
): Markup {
  if (warnings.length === 0 && neighbours.length === 0) return html``;
  return html`<section class="card">
    <h2>What to look at</h2>
    <ul class="remarks">
      ${warnings.map(({ at, message }) => html`<li><code>${at}</code> ${sentence(message)}</li>`)}
      ${neighbours.map(
        ({ slug, kind, about, isExclusive }) =>
          html`<li>
            <code>${about}</code> the live recipe <strong>${slug}</strong>
            ${neighbourWords[kind]}${
              isExclusive ? "; a browser that both reach refuses the second of them" : ""
            }.
          </li>`,
      )}
    </ul>
  </section>`;
}

function compareForm(
  { number }: StoredRevision,
  against: StoredRevision | undefined,
  revisions: readonly StoredRevision[],
): Markup {
  if (revisions.length < 2) return html``;
  return html`<form class="row">
    <label for="against">Compare with</label>
    <select id="against" name="against" class="short">
      ${revisions
        .filter((one) => one.number !== number)
        .map(
          (one) =>
            html`<option ${one.number === against?.number ? html`selected` : ""}>
              ${one.number}
            </option>`,
        )}
    </select>
    <button class="quiet">Compare</button>
  </form>`;
}
