import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { TrustedState } from "#core/trust.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import type { PublicFiles } from "../store/public-files.ts";
import { checkServed, type Verdict } from "./check.ts";
import { sha256 } from "./hash.ts";
import { bodyPath, haltPath, rootPath } from "./served-set.ts";
import { parseManifestOf } from "./stored.ts";

/** Bytes with their strong ETag. */
export interface Tagged {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** The same bytes twice: as they are, and compressed, which is another thing under another ETag. */
export interface Packable extends Tagged {
  readonly gzip: Tagged;
}

/** Everything that the read side hands out, as bytes in memory. */
export interface PublishedSet {
  /** The bundle that is in force; `undefined` before the first. */
  bundle(): Packable | undefined;
  /** `undefined` for a hash that was in no set since this was opened. */
  body(sha256: string): Uint8Array | undefined;
  root(version: number): Uint8Array | undefined;
  /** The signed stop; `undefined` while there is none. */
  halt(): Tagged | undefined;
  /** Whether what lies in the public folder was refused, so that an older set is handed out. */
  isBehind(): boolean;
  /**
   * Takes over what lies in the public folder now, if it is another set than before, after the
   * client's own verifier believed the very bytes that would be handed out. Readers see the old set
   * until then.
   *
   * @throws ServerError `data/damaged`, `publish/unverifiable`; then the old set stays in force
   */
  reload(): Promise<boolean>;
}

/** Bodies of sets that are over stay for clients that still hold an older bundle, within this size. */
const keptBytes = 4 * wireLimits.bodiesBytes;
/** A set that was refused is looked at again after this time, in milliseconds: a body may have come. */
const lookAgainMs = 10_000;

/** What lies in the public folder. */
interface Texts {
  readonly bundle: string;
  /** Oldest first. */
  readonly roots: readonly string[];
  /** By their hash. */
  readonly bodies: ReadonlyMap<string, Uint8Array>;
  readonly halt: string | undefined;
}

/** The same, ready to be handed out. */
interface Loaded {
  readonly mark: string;
  readonly state: TrustedState;
  readonly bundle: Packable;
  readonly halt: Tagged | undefined;
  readonly roots: readonly Uint8Array[];
  readonly bodies: ReadonlyMap<string, Uint8Array>;
}

/**
 * Serves the public folder from memory; empty until the first `reload`.
 *
 * @param now - milliseconds since 1970
 */
export function openPublishedSet(files: PublicFiles, now: () => number): PublishedSet {
  let loaded: Loaded | undefined;
  let refused: { readonly mark: string; readonly atMs: number } | undefined;
  let loading: Promise<boolean> = Promise.resolve(false);

  const load = async (): Promise<boolean> => {
    const mark = await files.mark();
    if (mark === loaded?.mark) return false;
    if (mark === refused?.mark && Math.abs(now() - refused.atMs) < lookAgainMs) return false;
    try {
      const known = loaded?.bodies ?? new Map<string, Uint8Array>();
      const texts = await readTexts(files, known);
      if (texts === undefined) return false;
      const next = await toLoaded(texts, known);
      const verdict = await checkServed(readerOf(next), texts.bundle, loaded?.state, now());
      if (loaded !== undefined) refuseEnded(verdict);
      loaded = { ...next, state: verdict.state, mark };
    } catch (error) {
      refused = { mark, atMs: now() };
      throw error;
    }
    refused = undefined;
    return true;
  };

  return {
    bundle: () => loaded?.bundle,
    body: (name) => loaded?.bodies.get(name),
    root: (version) => loaded?.roots[version - 1],
    halt: () => loaded?.halt,
    isBehind: () => refused !== undefined,
    reload() {
      // One after another: two that overlap could put the older set in place last.
      const next = loading.then(load, load);
      loading = next.catch(() => false);
      return next;
    },
  };
}

/** At the start whatever is genuine is better than nothing; later a set that is over replaces none. */
function refuseEnded({ isUntimely }: Verdict): void {
  if (isUntimely)
    throw new ServerError(
      "publish/unverifiable",
      "the set in the public folder is over, or from the future: the one before is handed out on",
    );
}

async function readTexts(
  files: PublicFiles,
  known: ReadonlyMap<string, Uint8Array>,
): Promise<Texts | undefined> {
  const bundle = await files.bundle();
  if (bundle === undefined) return undefined;
  const bodies = new Map<string, Uint8Array>();
  for (const { sha256: name } of parseManifestOf(bundle).recipes) {
    const body = known.get(name) ?? (await files.body(name));
    if (body === undefined || sha256(body) !== name)
      throw new ServerError("data/damaged", `the public folder lacks the body ${name}`);
    bodies.set(name, body);
  }
  return { bundle, bodies, roots: await readRoots(files), halt: await files.halt() };
}

async function readRoots(files: PublicFiles): Promise<readonly string[]> {
  const roots: string[] = [];
  for (;;) {
    const text = await files.root(roots.length + 1);
    if (text === undefined) return roots;
    roots.push(text);
  }
}

const pack = promisify(gzip);

async function toLoaded(
  { bundle, roots, bodies, halt }: Texts,
  known: ReadonlyMap<string, Uint8Array>,
): Promise<Omit<Loaded, "mark" | "state">> {
  const encoder = new TextEncoder();
  const tagged = (text: string): Tagged => ({
    bytes: encoder.encode(text),
    etag: `"${sha256(text)}"`,
  });
  const plain = tagged(bundle);
  // Once for a set, not once for a browser; a body alone is hardly smaller packed.
  const packed = { bytes: await pack(plain.bytes, { level: 9 }), etag: `W/${plain.etag}` };
  return {
    bundle: { ...plain, gzip: packed },
    halt: halt === undefined ? undefined : tagged(halt),
    roots: roots.map((text) => encoder.encode(text)),
    bodies: keepOlder(bodies, known),
  };
}

/** The very bytes that would be handed out, by their paths. */
function readerOf(
  set: Pick<Loaded, "halt" | "roots" | "bodies">,
): (path: string) => Promise<Uint8Array | undefined> {
  const paths = new Map<string, Uint8Array>([
    ...set.roots.map((bytes, index) => [rootPath(index + 1), bytes] as const),
    ...[...set.bodies].map(([name, bytes]) => [bodyPath(name), bytes] as const),
    ...(set.halt === undefined ? [] : [[haltPath, set.halt.bytes] as const]),
  ]);
  return (path) => Promise.resolve(paths.get(path));
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
