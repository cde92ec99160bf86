import { parseBundle, parseHalt, parseManifest } from "#recipes/manifest-parse.ts";
import type { Bundle, HaltPayload, ManifestPayload } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { StoredPublication } from "../store/ports.ts";
import { parseOwn } from "./own-json.ts";

// Reading what we signed ourselves: whether a signature covers it is not asked here.

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

/**
 * The manifest that a bundle's text carries.
 *
 * @throws ServerError `data/damaged`
 */
export function parseManifestOf(bundle: string): ManifestPayload {
  const at = { code: "data/damaged", what: "bundle.json in the public folder" } as const;
  const { manifest } = parseOwn(parseBundle, bundle, at);
  return parseOwn(parseManifest, payloadText(manifest), at);
}

/** Which manifest a bundle's text carries; `undefined` for a text that is none, which is only replaced. */
export function versionOf(bundle: string): { readonly ep: number; readonly n: number } | undefined {
  return unlessDamaged(() => parseManifestOf(bundle));
}

/** What a halt's text says; `undefined` for a text that is none. */
export function haltOf(token: string): HaltPayload | undefined {
  const at = { code: "data/damaged", what: "the halt" } as const;
  return unlessDamaged(() => parseOwn(parseHalt, payloadText(token.trim()), at));
}

function payloadText(token: string): string {
  return Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
}

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ServerError && error.code === "data/damaged") return undefined;
    throw error;
  }
}
