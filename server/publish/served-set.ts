import * as v from "valibot";
import { publishedAddon } from "#recipes/arguments.ts";
import type {
  HaltPayload,
  ManifestEntry,
  ManifestPayload,
  RootPayload,
} from "#recipes/manifest.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { shape, signedJson } from "#core/token.ts";
import { refuse } from "#core/trust-error.ts";
import { verifyHalt } from "#core/trust-halt.ts";
import { type TrustedState, verifyBody, verifyBundle, verifyRoot } from "#core/trust.ts";
import { xpiPath } from "../authoring/addons.ts";
import type { StaticFolder } from "../store/static-folder.ts";
import { sha256 } from "./hash.ts";
import { joseTokens } from "./jose-verifying.ts";

// The read side as files, and the client's own verification of all of it.

export const bundlePath = "v2/bundle.json";
export const haltPath = "v2/halt.jws";

/** Where a body is served. */
export function bodyPath(hash: string): string {
  return `v2/r/${hash}`;
}

/** Where root N is served. */
export function rootPath(version: number): string {
  return `v2/root/${String(version)}.json`;
}

/** What of a set is signed, or named by its hash in what is. */
export interface SignedSet {
  readonly manifest: Verified<ManifestPayload>;
  /** What it leaves behind in a client that believed it. */
  readonly state: TrustedState;
  /** By their paths. */
  readonly bodies: ReadonlyMap<string, string>;
  /** The first root first. */
  readonly rootPaths: readonly string[];
  readonly halt: HaltPayload | undefined;
  /** Verifies any halt under this set's newest root; `undefined` for one that is over. @throws TrustError */
  readonly readHalt: (bytes: Uint8Array) => Promise<HaltPayload | undefined>;
}

/** A set that verified with all that it names, and the files that it is made of. */
export interface ServedSet extends Omit<SignedSet, "bodies" | "state"> {
  readonly bodyPaths: readonly string[];
  /** Add-ons that live recipes name and this server hands out. */
  readonly addonPaths: readonly string[];
}

type Read = StaticFolder["read"];

/**
 * Verifies everything that a client would fetch after this bundle: roots from the first on, keycert,
 * manifest, every body, every add-on that is served beside them, and the halt where there is one.
 *
 * @param read - the bytes served under a path; `undefined` where there are none
 * @throws TrustError for what a client would refuse
 */
export async function verifyServed(
  read: Read,
  bundle: Uint8Array,
  nowMs: number,
): Promise<ServedSet> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const { bodies, state: _state, ...set } = await verifySigned(read, bundle, { nowSeconds });
  const addonPaths = new Set<string>();
  for (const text of bodies.values())
    for (const addon of await readAddons(text, read)) addonPaths.add(addon);
  return { ...set, bodyPaths: [...bodies.keys()], addonPaths: [...addonPaths] };
}

/**
 * The same without the add-ons, which are no bytes of ours.
 *
 * @param client.trusted - what a client believed before; absent for one that has seen nothing yet
 * @throws TrustError
 */
export async function verifySigned(
  read: Read,
  bundle: Uint8Array,
  client: { readonly nowSeconds: number; readonly trusted?: TrustedState | undefined },
): Promise<SignedSet> {
  const { nowSeconds, trusted } = client;
  const { root, rootPaths } = await readRoots(read);
  const { manifest, state } = await verifyBundle(
    jsonOf(bundle),
    root,
    trusted,
    nowSeconds,
    joseTokens,
  );
  const bodies = new Map<string, string>();
  for (const entry of manifest.recipes) {
    const path = bodyPath(entry.sha256);
    const text = bodyText(entry, await read(path));
    verifyBody(entry, text);
    bodies.set(path, text);
  }
  const readHalt: SignedSet["readHalt"] = async (bytes) => {
    const token = decodeUtf8(bytes) ?? refuse("malformed", "the halt is not UTF-8");
    const found = await verifyHalt(token.trim(), root, 0, nowSeconds, joseTokens);
    return found.isOver ? undefined : found.halt;
  };
  const halt = await read(haltPath);
  return { manifest, state, bodies, rootPaths, halt: halt && (await readHalt(halt)), readHalt };
}

async function readRoots(
  read: Read,
): Promise<{ readonly root: Verified<RootPayload>; readonly rootPaths: readonly string[] }> {
  const rootPaths: string[] = [];
  let root: Verified<RootPayload> | undefined;
  for (;;) {
    const path = rootPath(rootPaths.length + 1);
    const bytes = await read(path);
    if (bytes === undefined) break;
    ({ root } = await verifyRoot(jsonOf(bytes), joseTokens, root));
    rootPaths.push(path);
  }
  return { root: root ?? refuse("malformed", "no root is served"), rootPaths };
}

function bodyText(entry: ManifestEntry, bytes: Uint8Array | undefined): string {
  const text = bytes && decodeUtf8(bytes);
  if (text === undefined || bytes?.length !== entry.len)
    return refuse(
      "body-mismatch",
      `the body of recipe ${String(entry.id)} is not there in its length`,
    );
  return text;
}

/** Add-ons of a body that lie on this server; one at another address is the business of whoever is there. */
async function readAddons(body: string, read: Read): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { url, sha256: hash, size } of addonsIn(JSON.parse(body))) {
    if (!URL.parse(url)?.pathname.endsWith(xpiPath(hash))) continue;
    const path = xpiPath(hash).slice(1);
    const bytes = await read(path);
    if (bytes?.length !== size || Buffer.from(sha256(bytes), "base64url").toString("hex") !== hash)
      refuse("body-mismatch", `the add-on ${path} is not there as its recipe promises it`);
    paths.push(path);
  }
  return paths;
}

function addonsIn(recipe: unknown): readonly v.InferOutput<typeof publishedAddon>[] {
  const said = memberOf(recipe, "arguments");
  const branches = memberOf(said, "branches");
  return [said, ...(Array.isArray(branches) ? (branches as readonly unknown[]) : [])]
    .filter(isObject)
    .map((place) => v.safeParse(publishedAddon, memberOf(place, "addon")))
    .flatMap(({ success, output }) => (success ? [output] : []));
}

function jsonOf(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes) ?? refuse("malformed", "what is served is not UTF-8");
  return shape(() => signedJson(text));
}
