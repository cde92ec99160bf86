import { wireLimits } from "#recipes/manifest.ts";
import type { LiveSet } from "../authoring/live.ts";
import { readJsonBody } from "./json-body.ts";
import type { Route } from "./route.ts";

export interface DevParts {
  /** @throws what `publishLive` of authoring throws */
  readonly publishLive: (value: unknown) => Promise<LiveSet>;
}

/** A whole set, and what JSON needs around it. */
const maxBytes = 2 * wireLimits.bodiesBytes;

/** What a development server offers to QA on the same machine; production does not register it. */
export function devRoutes({ publishLive }: DevParts): readonly Route[] {
  return [
    {
      path: "/api/dev/live",
      handlers: {
        PUT: async (context) => {
          const set = await readJsonBody(context, { maxBytes, maxKeys: 1_000_000 });
          return context.json(await publishLive(set));
        },
      },
    },
  ];
}
