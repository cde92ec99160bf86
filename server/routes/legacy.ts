import { ServerError } from "../errors.ts";
import { type SignedRecipe, signRecipes } from "../publish/content-signature.ts";
import type { LegacySigner } from "../publish/legacy-keys.ts";
import type { RecipeStore } from "../store/ports.ts";
import type { Route } from "./route.ts";

/** What the signed part of Normandy's API reads. */
export interface LegacyParts {
  readonly store: RecipeStore;
  /** Who signs for Normandy's own clients; `undefined` where nobody does. */
  readonly signer: () => Promise<LegacySigner | undefined>;
  /** A chain of certificates by its name, as PEM. */
  readonly chain: (name: string) => Promise<string | undefined>;
  /** Without a trailing slash. */
  readonly serverUrl: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What Normandy's own clients verify: live recipes, each with a signature of its own. Those clients get
 * Normandy's guarantees, which know neither a signed absence nor an age.
 */
export function legacyRoutes({
  store,
  signer,
  chain,
  serverUrl,
  now,
}: LegacyParts): readonly Route[] {
  const brief = { "cache-control": "public, max-age=30" };
  return [
    {
      path: "/api/v1/recipe/signed/",
      handlers: {
        GET: async (context) => {
          const legacy = await signer();
          if (legacy === undefined)
            throw new ServerError(
              "legacy/not-served",
              'nothing is signed here for Normandy\'s own clients; "mulberry keys legacy-init" makes the keys for it',
            );
          const signed = signRecipes(await store.liveRevisions(), legacy, {
            serverUrl: serverUrl(),
            nowMs: now(),
          });
          const isBaselineOnly = context.req.query("only_baseline_capabilities") === "true";
          const isWanted = ({ recipe }: SignedRecipe): boolean =>
            !isBaselineOnly || recipe.uses_only_baseline_capabilities;
          return context.json(signed.filter(isWanted), 200, brief);
        },
      },
    },
    // Normandy once sent its actions as scripts. Clients that came after have their own.
    {
      path: "/api/v1/action/signed/",
      handlers: { GET: (context) => context.json([], 200, brief) },
    },
    {
      path: "/api/v1/x5u/:file{[0-9a-f]+\\.pem}",
      handlers: {
        GET: async (context) => {
          const pem = await chain(context.req.path.slice("/api/v1/x5u/".length, -".pem".length));
          if (pem === undefined) throw new ServerError("http/not-found", "no such chain");
          return context.body(pem, 200, {
            "content-type": "application/x-pem-file",
            "cache-control": "public, max-age=31536000, immutable",
          });
        },
      },
    },
  ];
}
