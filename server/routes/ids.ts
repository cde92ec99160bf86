import type { RouteContext } from "./route.ts";

/** What a path's `:id` names; `undefined` where nothing has it. */
export async function byId<T>(
  context: RouteContext,
  find: (id: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const text = context.req.param("id") ?? "";
  return /^[1-9]\d{0,14}$/u.test(text) ? find(Number(text)) : undefined;
}
