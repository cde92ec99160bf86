import { xpiPath } from "../authoring/addons.ts";
import type { StoredExtension } from "../store/ports.ts";

// Answers of Normandy's API that a route gives and an export writes.

/** Where the parts of the API are: `GET /api/v1/`. */
export function legacyIndex(serverUrl: string): Readonly<Record<string, string>> {
  return {
    "recipe-list": `${serverUrl}/api/v1/recipe/`,
    "recipe-signed": `${serverUrl}/api/v1/recipe/signed/`,
    "action-signed": `${serverUrl}/api/v1/action/signed/`,
    "classify-client": `${serverUrl}/api/v1/classify_client/`,
    "extension-list": `${serverUrl}/api/v1/extension/`,
  };
}

/** An add-on that recipes name by its id: `GET /api/v1/extension/{id}/`. */
export function describeExtension(
  extension: StoredExtension,
  serverUrl: string,
): Readonly<Record<string, string | number>> {
  return {
    id: extension.id,
    name: extension.name,
    xpi: `${serverUrl}${xpiPath(extension.sha256)}`,
    extension_id: extension.addonId,
    version: extension.version,
    hash: extension.sha256,
    hash_algorithm: "sha256",
  };
}
