import { ServerError } from "../errors.ts";
import { xpiPath } from "../authoring/addons.ts";
import type { RecipeReader } from "../store/ports.ts";
import type { StaticFolder } from "../store/static-folder.ts";
import { signRecipes } from "./content-signature.ts";
import type { LegacySigner } from "./legacy-keys.ts";
import { describeExtension, legacyIndex } from "./normandy-forms.ts";

/** What an export for Normandy's own clients needs of the world. */
export interface LegacyExporting {
  /** As it is while nobody else publishes. */
  readonly store: Pick<RecipeReader, "liveRevisions" | "extensions">;
  readonly target: StaticFolder;
  readonly signer: LegacySigner;
  /** Without a trailing slash. */
  readonly serverUrl: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Writes what Normandy's own clients fetch as files, an `index.json` for each address that ends with a
 * slash: the chain and whatever recipes name first, then the recipes, the index last. Who asks for the
 * country gets no file: an answer names the moment at which it is made, and where it is made from.
 *
 * @returns how many recipes are signed
 * @throws ServerError `export/unverifiable` when the folder gives back another thing than it was given
 */
export async function exportLegacy(exporting: LegacyExporting): Promise<number> {
  const { store, target, signer, serverUrl, nowMs } = exporting;
  const put = async (path: string, text: string): Promise<void> => {
    const bytes = new TextEncoder().encode(text);
    await target.write(path, bytes);
    const kept = await target.read(path);
    if (kept === undefined || Buffer.compare(kept, bytes) !== 0)
      throw new ServerError("export/unverifiable", `${path} does not read as it was written`);
  };
  const putJson = (folder: string, value: unknown, name = "index"): Promise<void> =>
    put(`${folder}/${name}.json`, JSON.stringify(value));

  await put(`api/v1/x5u/${signer.chain.name}.pem`, signer.chain.pem);
  for (const extension of await store.extensions())
    if ((await target.read(xpiPath(extension.sha256).slice(1))) !== undefined)
      await putJson(
        `api/v1/extension/${String(extension.id)}`,
        describeExtension(extension, serverUrl),
      );
  await putJson("api/v1/action/signed", []);
  const signed = signRecipes(await store.liveRevisions(), signer, { serverUrl, nowMs });
  const baseline = signed.filter(({ recipe }) => recipe.uses_only_baseline_capabilities);
  await putJson("api/v1/recipe/signed", baseline, "baseline");
  await putJson("api/v1/recipe/signed", signed);
  await putJson("api/v1", legacyIndex(serverUrl));
  return signed.length;
}
