import * as v from "valibot";
import type { PublishedAddon } from "#recipes/arguments.ts";
import { canonicalAction } from "#recipes/aliases.ts";
import { ServerError } from "../errors.ts";
import type { RecipeReader, StoredExtension } from "../store/ports.ts";

const withBranches = v.looseObject({ branches: v.array(v.looseObject({})) });
const withOneAddon = v.looseObject({ extensionApiId: v.unknown() });

/** Actions, under our names, whose arguments name add-ons. */
const ofAddons: ReadonlySet<string | undefined> = new Set(["addon-study", "addon-rollout"]);

/**
 * Writes into the arguments what a client needs to fetch each add-on that an `extensionApiId` names: into each
 * branch of an add-on study, beside the one of a rollout or of a study that is older than branches.
 * Arguments of any other shape come back as they are.
 *
 * @param options.isStrict - whether an id that nobody uploaded is refused or left to the client
 * @throws ServerError `extension/not-found` with a pointer
 */
export async function withAddons(
  recipe: { readonly action: string; readonly arguments: unknown },
  reader: Pick<RecipeReader, "extension">,
  options: { readonly serverUrl: string; readonly isStrict: boolean },
): Promise<unknown> {
  if (!ofAddons.has(canonicalAction(recipe.action))) return recipe.arguments;
  const branched = v.safeParse(withBranches, recipe.arguments);
  if (branched.success) {
    const branches: unknown[] = [];
    for (const [index, branch] of branched.output.branches.entries())
      branches.push(
        await withAddon(branch, reader, options, `/arguments/branches/${String(index)}`),
      );
    return { ...branched.output, branches };
  }
  const single = v.safeParse(withOneAddon, recipe.arguments);
  return single.success
    ? withAddon(single.output, reader, options, "/arguments")
    : recipe.arguments;
}

/** @param at - the place of `said`, for the pointer of a refusal */
async function withAddon(
  said: Readonly<Record<string, unknown>>,
  reader: Pick<RecipeReader, "extension">,
  { serverUrl, isStrict }: { readonly serverUrl: string; readonly isStrict: boolean },
  at: string,
): Promise<unknown> {
  const id = said["extensionApiId"];
  if (typeof id !== "number") return said;
  const extension = await find(reader, id);
  if (extension !== undefined) return { ...said, addon: publishedAddon(extension, serverUrl) };
  if (!isStrict) return said;
  throw new ServerError(
    "extension/not-found",
    `no extension has the id ${String(id)}; "mulberry extension add FILE.xpi" adds one`,
    { at: `${at}/extensionApiId` },
  );
}

/** Where an XPI is fetched, under the server's URL. */
export function xpiPath(sha256: string): string {
  return `/extensions/${sha256}.xpi`;
}

function publishedAddon(extension: StoredExtension, serverUrl: string): PublishedAddon {
  return {
    url: `${serverUrl}${xpiPath(extension.sha256)}`,
    sha256: extension.sha256,
    size: extension.size,
    addon_id: extension.addonId,
    version: extension.version,
  };
}

async function find(
  reader: Pick<RecipeReader, "extension">,
  id: number,
): Promise<StoredExtension | undefined> {
  return Number.isSafeInteger(id) ? reader.extension(id) : undefined;
}
