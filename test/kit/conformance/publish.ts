import type { Recipe } from "#recipes/recipe.ts";
import { type Publishing, sha256Of } from "../authority.ts";
import type { NormandyRecipe, Sighted } from "./history.ts";

// The two copies of every preference, and a recipe as each side gets it.

/** How one side's copy of a preference is called. */
export interface Copy {
  inBrowser(name: string): string;
  inHistory(name: string): string;
}

export type Side = "theirs" | "ours";

/** Copies that begin with a word of their own. */
export const copies: Readonly<Record<Side, Copy>> = {
  theirs: prefixed("test.conf.theirs."),
  ours: prefixed("test.conf.ours."),
};

function prefixed(prefix: string): Copy {
  return {
    inBrowser: (name) => prefix + name,
    inHistory: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
  };
}

/** The recipe on one side's copies of the preferences that it names. */
export function onCopy(recipe: NormandyRecipe, copy: Copy): NormandyRecipe {
  const { branches, preferences } = recipe.arguments;
  return {
    ...recipe,
    arguments: {
      ...recipe.arguments,
      ...(Array.isArray(branches) ? { branches: branches.map((one) => branchOn(one, copy)) } : {}),
      ...(Array.isArray(preferences)
        ? { preferences: preferences.map((one) => preferenceOn(one, copy)) }
        : {}),
    },
  };
}

function branchOn(branch: unknown, copy: Copy): unknown {
  if (!isRecord(branch) || !isRecord(branch["preferences"])) return branch;
  const preferences = Object.entries(branch["preferences"]).map(([name, one]) => [
    copy.inBrowser(name),
    one,
  ]);
  return { ...branch, preferences: Object.fromEntries(preferences) as unknown };
}

function preferenceOn(preference: unknown, copy: Copy): unknown {
  if (!isRecord(preference) || typeof preference["preferenceName"] !== "string") return preference;
  return { ...preference, preferenceName: copy.inBrowser(preference["preferenceName"]) };
}

/** Every preference that the recipe could touch, as the history calls it. */
export function namesIn({
  arguments: { branches, preferences },
}: NormandyRecipe): readonly string[] {
  return [
    ...(Array.isArray(branches)
      ? branches.flatMap((one: unknown) =>
          isRecord(one) && isRecord(one["preferences"]) ? Object.keys(one["preferences"]) : [],
        )
      : []),
    ...(Array.isArray(preferences)
      ? preferences.flatMap((one: unknown) =>
          isRecord(one) && typeof one["preferenceName"] === "string" ? [one["preferenceName"]] : [],
        )
      : []),
  ];
}

/** Every text that the recipe could give to a preference. */
export function textsIn(recipe: NormandyRecipe): readonly string[] {
  const texts: string[] = [];
  JSON.stringify(recipe.arguments, (key, value: unknown) => {
    if ((key === "preferenceValue" || key === "value") && typeof value === "string")
      texts.push(value);
    return value;
  });
  return texts;
}

/** The slug that the recipe is known by; a rollback's is that of its rollout. */
export function slugIn({ arguments: { slug, rolloutSlug } }: NormandyRecipe): string | undefined {
  const found = slug ?? rolloutSlug;
  return typeof found === "string" ? found : undefined;
}

/** What a filter has to say for each standing that a filter decides. */
const filters: Readonly<Partial<Record<Sighted["standing"], string>>> = {
  FILTER_MATCH: "true",
  FILTER_MISMATCH: "false",
  FILTER_ERROR: "(",
};

/** The recipe as our server writes it, such that a client comes to that standing by itself. */
export function asPublished({ recipe, standing }: Sighted): Readonly<Record<string, unknown>> {
  const { id, action, arguments: said } = recipe;
  const lacking = standing === "CAPABILITIES_MISMATCH" ? ["action.of-another-time"] : [];
  return {
    id,
    slug: typeof said["slug"] === "string" ? said["slug"] : `recipe-${String(id)}`,
    name: `Recipe ${String(id)}`,
    revision_id: "1",
    action,
    arguments: said,
    filter_expression: filters[standing] ?? "true",
    capabilities: ["capabilities-v1", ...lacking],
  };
}

/** The same for `authority.ts`. What has a bad signature is not what its entry promises. */
export function asEntry(sighted: Sighted): Publishing {
  const published = asPublished(sighted);
  const body = JSON.stringify(published);
  const promised = sha256Of(new TextEncoder().encode(`${body} `));
  return {
    // A recipe only by its members: what its arguments are, the client is to find out.
    recipe: published as unknown as Recipe,
    body,
    ...(sighted.standing === "SIGNATURE_ERROR" ? { entry: { sha256: promised } } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
