import { createHash } from "node:crypto";
import type { RecipeStore, StoredExtension } from "../store/ports.ts";
import type { XpiFiles } from "../store/xpi-files.ts";
import { readXpi } from "./xpi.ts";

/**
 * Takes in an XPI: its bytes under their hash, its identity as it states it itself.
 *
 * @param options.name - for the people who pick it; the XPI's own name when it is not given
 * @throws ServerError `extension/*`
 */
export async function addExtension(
  {
    store,
    files,
    now,
  }: {
    readonly store: RecipeStore;
    readonly files: XpiFiles;
    readonly now: () => number;
  },
  bytes: Uint8Array,
  options: { readonly name?: string | undefined } = {},
): Promise<StoredExtension> {
  const { addonId, version, name } = await readXpi(bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // The bytes first: a row without them would be published and could not be fetched.
  await files.write(sha256, bytes);
  const extension = {
    name: options.name ?? (name === "" ? addonId : name),
    addonId,
    version,
    sha256,
    size: bytes.length,
    createdMs: now(),
  };
  const id = await store.transaction((writer) => writer.addExtension(extension));
  return { id, ...extension };
}
