import { readJson } from "#recipes/json.ts";
import { ServerError } from "../errors.ts";
import { readBody } from "./body.ts";
import type { RouteContext } from "./route.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxKeys: number;
  /** What an empty body stands for, where there may be none. */
  readonly otherwise?: string;
}

/**
 * Reads a request's body as JSON.
 *
 * @throws ServerError `http/too-large`, `http/bad-request`
 */
export async function readJsonBody(
  context: RouteContext,
  { maxBytes, maxKeys, otherwise }: BodyLimits,
): Promise<unknown> {
  const body = await readBody(context, maxBytes);
  const text = body === "" ? (otherwise ?? "") : body;
  const reading = text === undefined ? undefined : readJson(text, { maxDepth: 64, maxKeys });
  if (reading === undefined || !reading.ok)
    throw new ServerError(
      "http/bad-request",
      `the body is not JSON that can be read (${reading?.problem ?? "not UTF-8"})`,
      { at: reading?.at ?? "" },
    );
  return reading.value;
}
