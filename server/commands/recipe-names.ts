import { nearest } from "#recipes/nearest.ts";
import { isCoded } from "../errors.ts";
import type { RecipeStore } from "../store/ports.ts";
import { hasStore, type StorePlace } from "../data-folder.ts";
import { openStore } from "../workplace.ts";
import { note } from "./print.ts";

/** Which recipe has which slug in a data folder; knows none where nothing was ever published. */
export interface RecipeNames {
  slugOf(id: number): Promise<string | undefined>;
  has(slug: string): Promise<boolean>;
  /** The slug that was probably meant. */
  near(slug: string): string | undefined;
  close(): Promise<void>;
}

/** Opens them for reading beside a server. */
export async function openRecipeNames(place: StorePlace): Promise<RecipeNames> {
  const store = hasStore(place) ? await openReadable(place) : undefined;
  const slugs = new Map<number, string>();
  /** Recipes come while a command follows them: who asks for another one looks again. */
  const look = async (): Promise<void> => {
    for (const { id, slug } of (await store?.recipes()) ?? []) slugs.set(id, slug);
  };
  await look();
  return {
    async slugOf(id) {
      if (!slugs.has(id)) await look();
      return slugs.get(id);
    },
    async has(slug) {
      if (![...slugs.values()].includes(slug)) await look();
      return [...slugs.values()].includes(slug);
    },
    near: (slug) => nearest(slug, [...slugs.values()]),
    close: async () => store?.close(),
  };
}

async function openReadable(place: StorePlace): Promise<RecipeStore | undefined> {
  try {
    return await openStore(place);
  } catch (error) {
    if (!isCoded(error)) throw error;
    note(error.code, `${error.message} (what is known of recipes is left out)`);
    return undefined;
  }
}
