import { createHash } from "node:crypto";
import { withAddons, xpiPath } from "#server/authoring/addons.ts";
import type { StoredExtension } from "#server/store/ports.ts";

// The add-on that scenarios' recipes name by `extensionApiId`: 1 is its first version, 2 its next.

const addonId = "feature-study@mulberry.example";
export const addonVersions = ["1.0.0", "1.1.0"] as const;

/** What a server has of each version. */
export type Shelf = readonly (StoredExtension & { readonly bytes: Uint8Array })[];

/** @param packed - the bytes of each version */
export function aShelf(packed: readonly Uint8Array[]): Shelf {
  return packed.map((bytes, index) => ({
    id: index + 1,
    name: "Feature study",
    addonId,
    version: addonVersions[index] ?? "",
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.byteLength,
    createdMs: 0,
    bytes,
  }));
}

/** The arguments of a recipe with what a browser needs to fetch the add-ons that they name. */
export function fromShelf(
  shelf: Shelf,
  serverUrl: string,
  recipe: { readonly action: string; readonly arguments: unknown },
): Promise<unknown> {
  const reader = { extension: (id: number) => Promise.resolve(shelf[id - 1]) };
  return withAddons(recipe, reader, { serverUrl, isStrict: false });
}

/** What lies on the shelf at that path. */
export function onShelf(shelf: Shelf, path: string): Uint8Array | undefined {
  return shelf.find(({ sha256 }) => xpiPath(sha256) === path)?.bytes;
}
