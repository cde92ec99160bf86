import { ServerError } from "./errors.ts";
import type { Signer } from "./publish/keys.ts";
import { type LegacySigner, loadLegacySigner } from "./publish/legacy-keys.ts";
import { readLegacyFiles } from "./store/legacy-files.ts";

/**
 * Who signs for Normandy's own clients in a data folder; looks anew at each call, so that keys made or
 * renewed beside a running server are in force at once.
 *
 * @param signer - of the manifest: its key must be another one
 * @returns a function that gives `undefined` while the folder has no such keys
 * @throws ServerError from that function: `keys/malformed`, `keys/not-allowed`
 */
export function openLegacy(
  dataDir: string,
  signer: () => Pick<Signer, "claims">,
): () => Promise<LegacySigner | undefined> {
  let last: { readonly text: string; readonly loaded: LegacySigner } | undefined;
  return async () => {
    const files = await readLegacyFiles(dataDir);
    if (files === undefined) return undefined;
    if (last?.text !== files.signing)
      last = { text: files.signing, loaded: await loadLegacySigner(files) };
    if (last.loaded.kid === signer().claims.sub)
      throw new ServerError(
        "keys/not-allowed",
        'one key signs manifests and recipes for Normandy\'s own clients: make another with "mulberry keys legacy-init"',
      );
    return last.loaded;
  };
}
