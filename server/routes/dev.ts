import { readJson } from "#recipes/json.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { wireLimits } from "#recipes/manifest.ts";
import type { LiveSet } from "../authoring/live.ts";
import { ServerError } from "../errors.ts";
import { jsonType } from "./errors.ts";
import { jsonArrayBody } from "./json-array.ts";
import type { Route, RouteContext } from "./route.ts";

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
          return context.json(await publishLive(await readBody(context)));
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

async function readBody(context: RouteContext): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = context.req.raw.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new ServerError("http/too-large", `a live set may have ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  const text = decodeUtf8(Buffer.concat(chunks));
  const reading =
    text === undefined ? undefined : readJson(text, { maxDepth: 64, maxKeys: 1_000_000 });
  if (reading === undefined || !reading.ok)
    throw new ServerError(
      "http/bad-request",
      `the body is not JSON that can be read (${reading?.problem ?? "not UTF-8"})`,
      { at: reading?.at ?? "" },
    );
  return reading.value;
}
