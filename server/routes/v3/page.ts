import { ServerError } from "../../errors.ts";
import type { RouteContext } from "../route.ts";

/** How many entries a page has, as Normandy's. */
const pageSize = 25;

/** One page of a list, in the form that Normandy gives it. */
export interface Page {
  readonly count: number;
  /** Address of the page after this one. */
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly unknown[];
}

/**
 * The page of a list that a request's `page` names, the first where it names none.
 *
 * @param options.serverUrl - without a trailing slash
 * @throws ServerError `http/not-found` for a page that is not there
 */
export async function pageOf<T>(
  context: RouteContext,
  items: readonly T[],
  options: { readonly serverUrl: string; readonly describe: (item: T) => Promise<unknown> },
): Promise<Page> {
  const text = context.req.query("page") ?? "1";
  const pages = Math.max(1, Math.ceil(items.length / pageSize));
  const number = /^[1-9]\d{0,8}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(number <= pages)) throw new ServerError("http/not-found", `there is no page ${text}`);
  const addressOf = (page: number): string | null => {
    if (page < 1 || page > pages) return null;
    const query = new URLSearchParams({ ...context.req.query(), page: String(page) });
    return `${options.serverUrl}${context.req.path}?${query.toString()}`;
  };
  const shown = items.slice((number - 1) * pageSize, number * pageSize);
  return {
    count: items.length,
    next: addressOf(number + 1),
    previous: addressOf(number - 1),
    results: await Promise.all(shown.map(options.describe)),
  };
}
