import { readJson } from "#recipes/json.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { ServerError } from "../errors.ts";
import type { RouteContext } from "./route.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxKeys: number;
  /** What an empty body stands for, where there may be none. */
  readonly otherwise?: string;
}

/**
 * Reads a request's body as JSON. It is measured while it comes, so that nobody makes us hold more.
 *
 * @throws ServerError `http/too-large`, `http/bad-request`
 */
export async function readJsonBody(
  context: RouteContext,
  { maxBytes, maxKeys, otherwise }: BodyLimits,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = context.req.raw.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new ServerError("http/too-large", `this body may have ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  const text = bytes === 0 ? (otherwise ?? "") : decodeUtf8(Buffer.concat(chunks));
  const reading = text === undefined ? undefined : readJson(text, { maxDepth: 64, maxKeys });
  if (reading === undefined || !reading.ok)
    throw new ServerError(
      "http/bad-request",
      `the body is not JSON that can be read (${reading?.problem ?? "not UTF-8"})`,
      { at: reading?.at ?? "" },
    );
  return reading.value;
}
