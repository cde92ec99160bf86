import { capabilitiesOf } from "#recipes/capabilities.ts";
import { slugInArguments } from "#recipes/slug.ts";
import type { Draft } from "#recipes/recipe.ts";
import { withoutAddons } from "./said.ts";

/**
 * A recipe as the text of a file: members in one fixed order, defaults written out, and of the
 * capabilities only those that the recipe does not show by itself. Equal recipes give equal texts.
 *
 * @param options.schema - what the file says of its schema, for editors
 */
export function recipeText(
  draft: Draft,
  { schema }: { readonly schema?: string | undefined } = {},
): string {
  const { name, action, filter_expression } = draft;
  const inferred = capabilitiesOf({ ...draft, capabilities: [] });
  const capabilities = draft.capabilities.filter((one) => !inferred.includes(one));
  const isNamed = slugInArguments(draft) !== undefined;
  const content = {
    ...(schema !== undefined && { $schema: schema }),
    ...(!isNamed && draft.slug !== undefined && { slug: draft.slug }),
    name,
    action,
    arguments: withoutAddons(draft.arguments),
    filter_expression,
    ...(capabilities.length > 0 && { capabilities }),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The longest name of a file, without its ending: every file system takes it, with a number behind it. */
const maxNameLength = 100;

/**
 * A name for a recipe's file: its slug where that can be one. A slug may be any text; what is none of
 * a file name's plain characters, and what another file has in upper or lower case, gets a number.
 *
 * @param taken - names of the folder's files, in lower case
 */
export function fileNameFor(
  { id, slug }: { readonly id: number; readonly slug: string },
  taken: ReadonlySet<string>,
): string {
  const plain = slug.replaceAll(/[^A-Za-z0-9_-]/gu, "_").slice(0, maxNameLength);
  const isWhole = plain === slug && !taken.has(`${plain.toLowerCase()}.json`);
  if (isWhole) return `${plain}.json`;
  const numbered = `${plain}-${String(id)}`;
  const free = (suffix: number): string => {
    const name = suffix === 0 ? `${numbered}.json` : `${numbered}-${String(suffix)}.json`;
    return taken.has(name.toLowerCase()) ? free(suffix + 1) : name;
  };
  return free(0);
}
