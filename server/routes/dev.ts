import { wireLimits } from "#recipes/manifest.ts";
import type { LiveSet } from "../authoring/live.ts";
import { jsonType } from "./errors.ts";
import { jsonArrayBody } from "./json-array.ts";
import { readJsonBody } from "./json-body.ts";
import type { Route } from "./route.ts";

export interface DevParts {
  /** @throws what `publishLive` of authoring throws */
  readonly publishLive: (value: unknown) => Promise<LiveSet>;
  /** Every stored event, oldest first. */
  readonly events: () => AsyncIterable<unknown>;
}

/** A whole set, and what JSON needs around it. */
const maxBytes = 2 * wireLimits.bodiesBytes;

/** What a development server offers to QA on the same machine; production does not register it. */
export function devRoutes({ publishLive, events }: DevParts): readonly Route[] {
  return [
    {
      path: "/api/dev/live",
      handlers: {
        PUT: async (context) => {
          return context.json(
            await publishLive(await readJsonBody(context, { maxBytes, maxKeys: 1_000_000 })),
          );
        },
      },
    },
    {
      path: "/api/v1/events/",
      handlers: {
        GET: (context) => {
          const headers = { "content-type": jsonType, "cache-control": "no-store" };
          return context.body(jsonArrayBody(events()), 200, headers);
        },
      },
    },
  ];
}
