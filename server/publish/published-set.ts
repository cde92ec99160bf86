import { parseBundle, parseManifest } from "#recipes/manifest-parse.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { PublicFiles } from "../store/public-files.ts";
import { sha256 } from "./hash.ts";
import { parseOwn } from "./own-json.ts";

/** Everything that the read side hands out, as bytes in memory. */
export interface PublishedSet {
  /** The bundle that is in force, with its strong ETag; `undefined` before the first. */
  bundle(): { readonly bytes: Uint8Array; readonly etag: string } | undefined;
  /** `undefined` for a hash that was in no set since this was opened. */
  body(sha256: string): Uint8Array | undefined;
  root(version: number): Uint8Array | undefined;
  /**
   * Takes over what lies in the public folder now, if it is another set than before. Readers see the
   * old set until the new one is complete.
   *
   * @throws ServerError `data/damaged`; then the old set stays in force
   */
  reload(): Promise<boolean>;
}

/** Bodies of sets that are over stay for clients that still hold an older bundle, within this size. */
const keptBytes = 4 * wireLimits.bodiesBytes;

/** Serves the public folder from memory; empty until the first `reload`. */
export function openPublishedSet(files: PublicFiles): PublishedSet {
  let mark: string | undefined;
  let bundle: { readonly bytes: Uint8Array; readonly etag: string } | undefined;
  let bodies: ReadonlyMap<string, Uint8Array> = new Map();
  let roots: ReadonlyMap<number, Uint8Array> = new Map();
  let loading: Promise<boolean> = Promise.resolve(false);

  const load = async (): Promise<boolean> => {
    const seen = await files.bundleMark();
    if (seen === undefined || seen === mark) return false;
    const text = await files.bundle();
    if (text === undefined) return false;
    const current = new Map<string, Uint8Array>();
    for (const name of bodyNamesIn(text)) {
      const body = bodies.get(name) ?? (await files.body(name));
      if (body === undefined || sha256(body) !== name)
        throw new ServerError("data/damaged", `the public folder lacks the body ${name}`);
      current.set(name, body);
    }
    roots = await readRoots(files);
    bodies = keepOlder(current, bodies);
    bundle = { bytes: new TextEncoder().encode(text), etag: `"${sha256(text)}"` };
    mark = seen;
    return true;
  };

  return {
    bundle: () => bundle,
    body: (name) => bodies.get(name),
    root: (version) => roots.get(version),
    reload() {
      // One after another: two that overlap could put the older set in place last.
      const next = loading.then(load, load);
      loading = next.catch(() => false);
      return next;
    },
  };
}

function bodyNamesIn(bundle: string): readonly string[] {
  const at = { code: "data/damaged", what: "bundle.json in the public folder" } as const;
  const { manifest } = parseOwn(parseBundle, bundle, at);
  const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString("utf8");
  return parseOwn(parseManifest, payload, at).recipes.map((entry) => entry.sha256);
}

async function readRoots(files: PublicFiles): Promise<ReadonlyMap<number, Uint8Array>> {
  const roots = new Map<number, Uint8Array>();
  for (let version = 1; ; version += 1) {
    const text = await files.root(version);
    if (text === undefined) return roots;
    roots.set(version, new TextEncoder().encode(text));
  }
}

function keepOlder(
  current: ReadonlyMap<string, Uint8Array>,
  older: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  const kept = new Map(current);
  let bytes = 0;
  for (const [name, body] of older) {
    if (kept.has(name)) continue;
    bytes += body.length;
    if (bytes > keptBytes) break;
    kept.set(name, body);
  }
  return kept;
}
