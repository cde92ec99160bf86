import { decodeUtf8 } from "#recipes/utf8.ts";
import { ServerError } from "../errors.ts";
import type { RouteContext } from "./route.ts";

/**
 * Reads a request's body as text. It is measured while it comes, so that nobody makes us hold more.
 *
 * @returns `undefined` where it is not UTF-8
 * @throws ServerError `http/too-large`
 */
export async function readBody(
  context: RouteContext,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = context.req.raw.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new ServerError("http/too-large", `this body may have ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return decodeUtf8(Buffer.concat(chunks));
}
