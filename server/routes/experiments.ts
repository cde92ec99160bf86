import { experimentManifest } from "../authoring/experiment-manifest.ts";
import type { RecipeStore } from "../store/ports.ts";
import type { Route } from "./route.ts";

/** The manifest of Telemetry Experiments: live add-on studies in the form that came before recipes. */
export function experimentRoutes({ store }: { readonly store: RecipeStore }): readonly Route[] {
  return [
    {
      path: "/firefox-manifest.json",
      handlers: {
        GET: async (context) => {
          const manifest = experimentManifest(await store.liveRevisions(), await store.kills());
          return context.json(manifest, 200, { "cache-control": "public, max-age=30" });
        },
      },
    },
  ];
}
