import type { Glance } from "../authoring/glance.ts";
import type { RouteContext } from "../routes/route.ts";

/** How many recipes a page shows. */
const pageSize = 25;

/** The choices above the list. */
export const views = {
  all: { name: "All", has: () => true },
  live: { name: "Live", has: ({ state }) => state === "live" },
  waiting: { name: "Waiting for review", has: ({ waits }) => waits !== undefined },
  draft: { name: "Drafts", has: ({ state }) => state === "draft" },
  stopped: { name: "Stopped", has: ({ state }) => state === "stopped" },
} as const satisfies Readonly<
  Record<string, { readonly name: string; has(glance: Glance): boolean }>
>;

type ViewName = keyof typeof views;

/** What somebody wants to see of the list. What the address does not say, or says wrongly, is everything. */
export interface ListQuery {
  readonly view: ViewName;
  /** Every word of it has to be somewhere in the recipe. */
  readonly search: string;
  /** From 1 on. */
  readonly page: number;
}

/** Reads it off the address. */
export function listQueryIn(context: RouteContext): ListQuery {
  const view = context.req.query("view") ?? "";
  const page = context.req.query("page") ?? "";
  return {
    view: isView(view) ? view : "all",
    search: (context.req.query("q") ?? "").trim(),
    page: /^[1-9]\d{0,6}$/u.test(page) ? Number(page) : 1,
  };
}

/** The address of what a query asks for. */
export function addressOf({ view, search, page }: ListQuery): string {
  const query = new URLSearchParams({
    ...(view !== "all" && { view }),
    ...(search !== "" && { q: search }),
    ...(page !== 1 && { page: String(page) }),
  }).toString();
  return query === "" ? "/console/" : `/console/?${query}`;
}

/** What a query finds, newest first, what waits before everything else. */
export function found(
  all: readonly Glance[],
  { view, search, page }: ListQuery,
): {
  readonly shown: readonly Glance[];
  readonly count: number;
  readonly pages: number;
  /** How many each view has of what the words find. */
  readonly counts: Readonly<Record<ViewName, number>>;
} {
  const words = search.toLowerCase().split(/\s+/u).filter(Boolean);
  const fitting = all.filter((glance) => {
    const text = textOf(glance);
    return words.every((word) => text.includes(word));
  });
  const matching = fitting
    .filter((glance) => views[view].has(glance))
    .toSorted((one, other) => urgency(other) - urgency(one) || newness(other) - newness(one));
  const counts = Object.fromEntries(
    Object.entries(views).map(([name, { has }]) => [name, fitting.filter(has).length]),
  ) as Readonly<Record<ViewName, number>>;
  return {
    shown: matching.slice((page - 1) * pageSize, page * pageSize),
    count: matching.length,
    pages: Math.max(1, Math.ceil(matching.length / pageSize)),
    counts,
  };
}

/** Preferences, branches and filters are found too: they stand in the body. */
function textOf({ recipe, newest }: Glance): string {
  return `${recipe.id} ${recipe.slug} ${newest.name} ${newest.body}`.toLowerCase();
}

function urgency({ waits }: Glance): number {
  return waits === undefined ? 0 : 1;
}

function newness({ newest }: Glance): number {
  return newest.number;
}

function isView(text: string): text is ViewName {
  return Object.hasOwn(views, text);
}
