import { isObject, memberOf } from "#recipes/members.ts";
import { checkDraft } from "#recipes/parse.ts";
import type { Draft } from "#recipes/recipe.ts";
import type { CheckedDraft } from "./drafts.ts";

/** What a recipe says, whoever keeps it: without its numbers, and without what a server writes in. */
export interface Said {
  readonly slug: string;
  readonly name: string;
  readonly action: string;
  readonly arguments: unknown;
  readonly filter_expression: string;
  readonly capabilities: readonly string[];
}

/** What a revision says; a body that no file could hold is as it stands, and nothing where there is none. */
export function saidIn(revision: { readonly body: string } | undefined): object {
  if (revision === undefined) return {};
  const body: unknown = JSON.parse(revision.body);
  const { draft } = checkDraft(body);
  return draft === undefined ? { body } : said(draft, draft.slug ?? "", draft.capabilities);
}

/** @param id - of the recipe that the file is of, for one whose number is its name */
export function saidByDraft({ draft, capabilities }: CheckedDraft, id: number): Said {
  return said(draft, draft.slug ?? `recipe-${String(id)}`, capabilities);
}

/** The arguments as an author writes them: where an add-on lies is for the server to say. */
export function withoutAddons(value: unknown): unknown {
  if (!isObject(value)) return value;
  const branches = memberOf(value, "branches");
  const { addon, ...rest } = value as { readonly addon?: unknown };
  const isServers = typeof memberOf(value, "extensionApiId") === "number";
  return {
    ...rest,
    ...(addon !== undefined && !isServers && { addon }),
    ...(Array.isArray(branches) && { branches: branches.map(withoutAddons) }),
  };
}

function said(draft: Draft, slug: string, capabilities: readonly string[]): Said {
  const { name, action, filter_expression } = draft;
  const written = withoutAddons(draft.arguments);
  return { slug, name, action, arguments: written, filter_expression, capabilities };
}
