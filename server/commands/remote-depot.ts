import * as v from "valibot";
import { slugInArguments } from "#recipes/slug.ts";
import { type CheckedDraft, toFinding } from "../authoring/drafts.ts";
import { predecessor } from "../authoring/publish.ts";
import { withoutAddons } from "../authoring/said.ts";
import type { Shelf, StandingRecipe } from "../authoring/shelf.ts";
import { isCoded, RefusedFiles, ServerError } from "../errors.ts";
import { type AskApi, answerOf, openApiClient } from "./api-client.ts";
import type { Depot, Kept } from "./depot.ts";

const pointInTime = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), "expected a date"),
  v.transform((text) => Date.parse(text)),
);
const number = v.pipe(v.number(), v.safeInteger());

const revisionShape = v.object({
  id: number,
  sha256: v.string(),
  slug: v.string(),
  name: v.string(),
  action: v.object({ name: v.string() }),
  arguments: v.unknown(),
  filter_expression: v.string(),
  capabilities: v.array(v.string()),
  date_created: pointInTime,
  enabled: v.boolean(),
  enabled_states: v.array(v.object({ created: pointInTime, enabled: v.boolean() })),
  approval_request: v.nullable(
    v.object({ state: v.picklist(["pending", "approved", "rejected", "withdrawn", "void"]) }),
  ),
});
type Revision = v.InferOutput<typeof revisionShape>;

const recipeShape = v.object({
  id: number,
  latest_revision: revisionShape,
  approved_revision: v.nullable(revisionShape),
});
type Recipe = v.InferOutput<typeof recipeShape>;

const pageShape = v.object({ next: v.nullable(v.string()), results: v.array(recipeShape) });

/**
 * The recipes of a server, over its authoring API and in the name of a token's bearer.
 *
 * @param server - as `parseServerUrl` gives it
 * @throws ServerError `server/unreachable`, `server/bad-answer`; ApiRefusal with the server's code
 */
export async function openRemoteDepot(server: string): Promise<Depot> {
  const ask = await openApiClient(server);
  let shelf = toShelf(await allRecipes(ask));
  return {
    get shelf() {
      return shelf;
    },
    called: server,
    isNamed: true,
    async write(drafts, { comment }) {
      const kept: Kept[] = [];
      for (const checked of drafts) {
        const known = await predecessor(shelf, await shelf.recipes(), checked.draft);
        if (known === undefined && checked.draft.id !== undefined) throw noChoice(checked.file);
        const path = known === undefined ? "recipe/" : `recipe/${String(known.id)}/`;
        const method = known === undefined ? "POST" : "PUT";
        try {
          const answer = await ask(method, path, bodyFor(checked, comment));
          const written = answerOf(recipeShape, answer);
          const { id, sha256, slug } = written.latest_revision;
          kept.push({ id: written.id, slug, revision: id, sha256 });
        } catch (error) {
          throw inFile(checked.file, error);
        }
      }
      shelf = toShelf(await allRecipes(ask));
      return kept;
    },
    async request({ revision }) {
      await ask("POST", `recipe_revision/${String(revision)}/request_approval/`);
    },
    async disable(id) {
      await ask("POST", `recipe/${String(id)}/disable/`);
    },
    // The server answers once it serves what it changed.
    settle: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** By numbers, not by the addresses that the server names: a token is shown to nobody else. */
async function allRecipes(ask: AskApi): Promise<readonly Recipe[]> {
  const recipes: Recipe[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await ask("GET", `recipe/?page=${String(page)}`);
    const { next, results } = answerOf(pageShape, answer);
    recipes.push(...results);
    if (next === null) return recipes.sort((a, b) => a.id - b.id);
  }
}

/** The same as a shelf of ours; of requests, those for newest revisions. */
function toShelf(answers: readonly Recipe[]): Shelf {
  const revisions = new Map(
    answers
      .flatMap(({ latest_revision, approved_revision }) => [latest_revision, approved_revision])
      .flatMap((revision) => (revision === null ? [] : [[revision.id, toRevision(revision)]])),
  );
  const recipes = answers.map(toRecipe);
  const requests = answers.flatMap(({ id, latest_revision: { id: revision, approval_request } }) =>
    approval_request === null ? [] : [{ recipeId: id, revision, state: approval_request.state }],
  );
  return {
    recipes: () => Promise.resolve(recipes),
    revision: (wanted) => Promise.resolve(revisions.get(wanted)),
    requests: () => Promise.resolve(requests),
  };
}

function toRecipe({ id, latest_revision, approved_revision }: Recipe): StandingRecipe {
  const known = [latest_revision, ...(approved_revision === null ? [] : [approved_revision])];
  const live = known.find(({ enabled }) => enabled)?.id ?? null;
  const ends = known.flatMap(({ enabled_states }) =>
    enabled_states.flatMap(({ created, enabled }) => (enabled ? [] : [created])),
  );
  const endedMs = live !== null || ends.length === 0 ? null : Math.max(...ends);
  return { id, slug: latest_revision.slug, latest: latest_revision.id, live, endedMs };
}

function toRevision(revision: Revision): NonNullable<Awaited<ReturnType<Shelf["revision"]>>> {
  const { id, sha256, slug, name, action, filter_expression, capabilities } = revision;
  const said = { slug, name, action: action.name, filter_expression, capabilities };
  return {
    number: id,
    sha256,
    name,
    action: action.name,
    createdMs: revision.date_created,
    body: JSON.stringify({ ...said, arguments: revision.arguments }),
  };
}

function bodyFor({ draft, capabilities }: CheckedDraft, comment: string): object {
  const { name, action, filter_expression } = draft;
  return {
    name,
    action,
    arguments: withoutAddons(draft.arguments),
    extra_filter_expression: filter_expression,
    extra_capabilities: capabilities,
    ...(draft.slug !== undefined && slugInArguments(draft) === undefined && { slug: draft.slug }),
    comment,
  };
}

/** A refusal of one recipe, as one of its file. */
function inFile(file: string, error: unknown): unknown {
  if (!isCoded(error) || error instanceof ServerError) return error;
  return new RefusedFiles([toFinding(file, error)]);
}

function noChoice(file: string): RefusedFiles {
  const message = "a server numbers its recipes itself, and none of them has this id: leave it out";
  return new RefusedFiles([{ code: "recipe/not-found", file, at: "/id", message }]);
}
