import { isObject, memberOf } from "#recipes/members.ts";
import { ServerError } from "../errors.ts";
import type { Origin } from "../client-address.ts";
import { describeExtension, legacyIndex } from "../publish/normandy-forms.ts";
import type { RecipeStore, StoredRecipe, StoredRevision } from "../store/ports.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { XpiFiles } from "../store/xpi-files.ts";
import { byId } from "./ids.ts";
import type { Route } from "./route.ts";

/** What the Normandy-shaped API reads. */
export interface NormandyParts {
  readonly store: RecipeStore;
  readonly xpis: XpiFiles;
  /** Without a trailing slash. */
  readonly serverUrl: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** ISO 3166-1 alpha-2 of where a request came from, or `null`. The address goes no further. */
  readonly countryOf: (origin: Origin) => Promise<string | null>;
  /** The address itself, for counting how many different ones ask; it is not kept either. */
  readonly addressOf: (origin: Origin) => string;
  readonly metrics: Metrics;
}

/** Normandy's read-only API, version 1; what bears its signatures is in legacy.ts. */
export function normandyRoutes(parts: NormandyParts): readonly Route[] {
  const { store, xpis, serverUrl, now } = parts;
  const brief = { "cache-control": "public, max-age=30" };
  return [
    {
      path: "/api/v1/",
      handlers: {
        GET: (context) =>
          context.json(legacyIndex(serverUrl()), 200, { "cache-control": "public, max-age=86400" }),
      },
    },
    {
      path: "/api/v1/recipe/",
      handlers: {
        GET: async (context) => {
          const recipes = await Promise.all(
            (await store.recipes()).map((recipe) => describeRecipe(recipe, store)),
          );
          const { enabled, action } = context.req.query();
          const isWanted = (recipe: NormandyRecipe): boolean =>
            (enabled === undefined || recipe.enabled === isTrue(enabled)) &&
            (action === undefined || recipe.action === action);
          return context.json(recipes.filter(isWanted), 200, brief);
        },
      },
    },
    {
      path: "/api/v1/recipe/:id/",
      handlers: {
        GET: async (context) => {
          const recipe = await byId(context, (id) => store.recipe(id));
          if (recipe === undefined) throw new ServerError("recipe/not-found", "no such recipe");
          return context.json(await describeRecipe(recipe, store), 200, brief);
        },
      },
    },
    {
      path: "/api/v1/classify_client/",
      handlers: {
        GET: async (context) => {
          const { remoteAddress } = context.env;
          const forwardedFor = context.req.header("x-forwarded-for");
          const country = await parts.countryOf({ remoteAddress, forwardedFor });
          countClassified(parts.metrics, country);
          const address = parts.addressOf({ remoteAddress, forwardedFor });
          parts.metrics.seen("classify.user", { key: "none" }, address);
          const answer = { country, request_time: new Date(now()).toISOString() };
          return context.json(answer, 200, { "cache-control": "no-store" });
        },
      },
    },
    // It exists so that the index names a base for the next one.
    { path: "/api/v1/extension/", handlers: { GET: (context) => context.body(null, 204) } },
    {
      path: "/api/v1/extension/:id/",
      handlers: {
        GET: async (context) => {
          const extension = await byId(context, (id) => store.extension(id));
          if (extension === undefined)
            throw new ServerError("extension/not-found", "no such extension");
          return context.json(describeExtension(extension, serverUrl()), 200, brief);
        },
      },
    },
    {
      path: "/extensions/:file{[0-9a-f]+\\.xpi}",
      handlers: {
        GET: async (context) => {
          const sha256 = context.req.path.slice("/extensions/".length, -".xpi".length);
          const bytes = await xpis.read(sha256);
          if (bytes === undefined) throw new ServerError("extension/not-found", "no such file");
          return context.body(Uint8Array.from(bytes), 200, {
            "content-type": "application/x-xpinstall",
            "cache-control": "public, max-age=31536000, immutable",
          });
        },
      },
    },
  ];
}

function countClassified(metrics: Metrics, country: string | null): void {
  const key = "none";
  metrics.incr("classify.request", { path: "v1.classify_client", key });
  const found = country === null ? notFound : ({ status: "hit", source: "geoip" } as const);
  metrics.incr("classify.result", { key, ...found });
}
const notFound = { status: "miss", source: "" } as const;

interface NormandyRecipe {
  readonly enabled: boolean;
  readonly action: string;
}

async function describeRecipe(recipe: StoredRecipe, store: RecipeStore): Promise<NormandyRecipe> {
  const shown = await store.revision(recipe.live ?? recipe.latest);
  const newest = await store.revision(recipe.latest);
  if (shown === undefined || newest === undefined)
    throw new ServerError("data/damaged", `recipe ${String(recipe.id)} has lost its revision`);
  const body = bodyOf(shown);
  const described: NormandyRecipe & Readonly<Record<string, unknown>> = {
    id: recipe.id,
    last_updated: new Date(newest.createdMs).toISOString(),
    name: shown.name,
    enabled: recipe.live !== null,
    is_approved: recipe.live !== null,
    revision_id: shown.revisionId,
    action: shown.action,
    arguments: memberOf(body, "arguments"),
    filter_expression: memberOf(body, "filter_expression"),
    capabilities: memberOf(body, "capabilities"),
    latest_revision_id: newest.revisionId,
    approved_revision_id: recipe.live === null ? null : shown.revisionId,
    approval_request: null,
    identicon_seed: null,
  };
  return described;
}

/** What a revision's body says. @throws ServerError `data/damaged` */
export function bodyOf(revision: StoredRevision): object {
  const body: unknown = JSON.parse(revision.body);
  if (!isObject(body))
    throw new ServerError("data/damaged", `revision ${String(revision.number)} is no object`);
  return body;
}

/** Whether a query says yes. */
export function isTrue(text: string): boolean {
  return text.toLowerCase() === "true" || text === "1";
}
