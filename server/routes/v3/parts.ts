import { memberOf } from "#recipes/members.ts";
import { ServerError } from "../../errors.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { Publishing } from "../../publish/publication.ts";
import type { RecipeStore } from "../../store/ports.ts";
import { readJsonBody } from "../json-body.ts";
import type { RouteContext } from "../route.ts";

/** What the authoring API needs of a server. */
export interface AuthoringParts {
  readonly store: RecipeStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Without a trailing slash. */
  readonly serverUrl: () => string;
  /** Runs work with the keys in force; what it has published is served when this resolves. */
  readonly publish: <T>(work: (publishing: Publishing) => Promise<T>) => Promise<T>;
  readonly metrics: Metrics;
}

/** Nothing is kept of these answers on the way: each is for one person, at one moment. */
export const fresh = { "cache-control": "no-store" };

/** A recipe with what JSON needs around it. */
const limits = { maxBytes: 524_288, maxKeys: 10_000 };

/** The body of a request that writes a recipe. @throws ServerError `http/*` */
export function writtenIn(context: RouteContext): Promise<unknown> {
  return readJsonBody(context, limits);
}

/**
 * What somebody says of a request; where the body is empty, nothing.
 *
 * @throws ServerError `http/*`
 */
export async function verdictIn(
  context: RouteContext,
): Promise<{ readonly comment: string; readonly sha256: string | undefined }> {
  const body = await readJsonBody(context, { ...limits, otherwise: "{}" });
  const textOf = (name: "comment" | "sha256"): string | undefined => {
    const value = memberOf(body, name) ?? undefined;
    if (value === undefined || typeof value === "string") return value;
    throw new ServerError("http/bad-request", "this is a text", { at: `/${name}` });
  };
  return { comment: textOf("comment") ?? "", sha256: textOf("sha256") };
}
