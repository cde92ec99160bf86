import * as v from "valibot";
import { parseJson } from "#recipes/json.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import type { Network } from "./ports.ts";

const shape = v.object({
  country: v.nullable(v.string()),
  // Filters compare it with dates, so it is one.
  request_time: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
    v.date(),
  ),
});

/** What only a server can tell a client about itself. */
export type Classification = v.InferOutput<typeof shape>;

/**
 * Asks the server for country and time; asked only when a filter needs one of them.
 *
 * @throws Error when the server does not say
 */
export async function classify(serverUrl: string, network: Network): Promise<Classification> {
  const answer = await network.get(`${serverUrl}/api/v1/classify_client/`, { maxBytes: 4096 });
  if (answer.kind !== "answer" || answer.status !== 200)
    throw new Error(`the server does not classify this client (${answer.kind})`);
  const text = decodeUtf8(answer.bytes);
  return v.parse(shape, parseJson(text ?? "", { maxDepth: 4, code: "filter/evaluation" }));
}
