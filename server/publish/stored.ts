import { parseBundle, parseManifest } from "#recipes/manifest-parse.ts";
import type { Bundle, ManifestPayload } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { StoredPublication } from "../store/ports.ts";
import { parseOwn } from "./own-json.ts";

/**
 * The payload of a stored publication.
 *
 * @throws ServerError `data/damaged`
 */
export function payloadOf({ payload, ep, n }: StoredPublication): ManifestPayload {
  const what = `the stored manifest ${String(ep)}.${String(n)}`;
  return parseOwn(parseManifest, payload, { code: "data/damaged", what });
}

/**
 * The bundle of a stored publication.
 *
 * @throws ServerError `data/damaged`
 */
export function bundleOf({ bundle, ep, n }: StoredPublication): Bundle {
  const what = `the stored bundle ${String(ep)}.${String(n)}`;
  return parseOwn(parseBundle, bundle, { code: "data/damaged", what });
}

/** Which manifest a bundle's text carries; `undefined` for a text that is none, which is only replaced. */
export function versionOf(bundle: string): { readonly ep: number; readonly n: number } | undefined {
  const at = { code: "data/damaged", what: "the served bundle" } as const;
  try {
    const [, payload = ""] = parseOwn(parseBundle, bundle, at).manifest.split(".");
    return parseOwn(parseManifest, Buffer.from(payload, "base64url").toString("utf8"), at);
  } catch (error) {
    if (error instanceof ServerError && error.code === "data/damaged") return undefined;
    throw error;
  }
}
