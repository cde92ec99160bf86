import { jsonType } from "./errors.ts";
import { jsonArrayBody } from "./json-array.ts";
import type { Route } from "./route.ts";

/**
 * The events that browsers have sent, as `mulberry events` prints them.
 *
 * @param events - every stored event, oldest first
 */
export function eventRoutes(events: () => AsyncIterable<unknown>): readonly Route[] {
  return [
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
