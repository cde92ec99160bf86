import { randomUUID } from "node:crypto";
import { actionNames } from "#recipes/arguments.ts";
import { parseKeycertClaims, parseSignedRoot } from "#recipes/manifest-parse.ts";
import {
  keycertAudience,
  keycertIssuer,
  type KeycertClaims,
  type PublicJwk,
  type RootPayload,
  tokenTypes,
  wireLimits,
} from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { TrustError } from "#core/trust-error.ts";
import { verifyRoot } from "#core/trust.ts";
import { ServerError } from "../errors.ts";
import type { KeyFiles } from "../store/key-files.ts";
import { generateKey, nameOf, type PrivateJwk, publicPart } from "./jose-signing.ts";
import { joseTokens } from "./jose-verifying.ts";
import { newOnlineKey, type OnlineKey, parseOnlineKey, parsePrivateKey } from "./online-key.ts";
import { parseOwn } from "./own-json.ts";
import {
  assembleKeycert,
  assembleRoot,
  requestKeycert,
  requestRoot,
  signRequest,
} from "./signing-request.ts";

const daySeconds = 86_400;
/** How long a root lives. */
export const rootLifeSeconds = 2 * 365 * daySeconds;
/** How long a manifest lives; the keycert allows no more. */
export const manifestLifeSeconds = 7 * daySeconds;
/** How far one online key may count: bounds what a thief can make clients believe. */
const highestManifest = 1_000_000;
/** The version of the client that first understands this wire format. */
export const minClient = "0.0.0";

/** The keys of a server that can publish, checked against each other. */
export interface Signer {
  readonly env: string;
  /** The newest, as served, JSON text. */
  readonly root: string;
  readonly rootPayload: Verified<RootPayload>;
  /** Every root from the first to the newest: `roots[N - 1]` is root N. */
  readonly roots: readonly string[];
  readonly keycert: string;
  readonly claims: KeycertClaims;
  /** Whether the online key in use is the one that was laid ready: a rotation was cut off. */
  readonly usesNext: boolean;
  /** @returns the manifest as compact JWS */
  sign(payload: string): Promise<string>;
}

/** Makes a root of three keys, two of which must agree, and an online key that the root vouches for. */
export async function makeKeys(env: string, nowMs: number): Promise<KeyFiles> {
  const iat = Math.floor(nowMs / 1_000);
  const rootKeys = [generateKey(), generateKey(), generateKey()] as const;
  const names = await Promise.all(rootKeys.map(nameOf));
  const request = requestRoot({
    v: 1,
    env,
    version: 1,
    iat,
    exp: iat + rootLifeSeconds,
    keys: Object.fromEntries(rootKeys.map((key, index) => [names[index] ?? "", publicPart(key)])),
    roles: { root: { k: names, m: 2 }, keycert: { k: names, m: 1 }, halt: { k: names, m: 1 } },
    min_ep: 1,
    min_client: minClient,
  });
  const signatures = await Promise.all(rootKeys.map((key) => signRequest(request, key)));
  const online = newOnlineKey();
  const claims = await claimsFor(parseOnlineKey(online).public, { env, ep: 1, nowMs });
  return {
    root: `${JSON.stringify(assembleRoot(request, signatures))}\n`,
    olderRoots: [],
    online,
    nextOnline: undefined,
    keycert: await signKeycert(claims, rootKeys[0]),
    rootKeys: new Map(
      rootKeys.map((key, index) => [`root-${String(index + 1)}.json`, `${JSON.stringify(key)}\n`]),
    ),
  };
}

/** What a root key is to sign so that an online key may publish. */
export async function claimsFor(
  online: PublicJwk,
  { env, ep, nowMs }: { readonly env: string; readonly ep: number; readonly nowMs: number },
): Promise<KeycertClaims> {
  const iat = Math.floor(nowMs / 1_000);
  return {
    iss: keycertIssuer,
    aud: keycertAudience,
    sub: await nameOf(online),
    jti: randomUUID(),
    iat,
    nbf: iat - wireLimits.clockSlackSeconds,
    exp: iat + wireLimits.keycertLifeSeconds,
    env,
    use: "manifest",
    ep,
    nmax: highestManifest,
    life: manifestLifeSeconds,
    // QA serves actions that do not exist on purpose; a root that people live with allows only ours.
    acts: env === "development" ? ["*"] : actionNames,
    cnf: { jwk: publicPart(online) },
  };
}

/** Signs what the root allows the online key. */
export async function signKeycert(claims: KeycertClaims, key: PrivateJwk): Promise<string> {
  const request = requestKeycert(claims);
  return assembleKeycert(request, await signRequest(request, key));
}

/**
 * A root key on this machine that may vouch for online keys.
 *
 * @throws ServerError `keys/missing` when there is none: they have been taken offline
 */
export async function issuerHere(
  { rootKeys }: KeyFiles,
  { roles }: RootPayload,
): Promise<PrivateJwk> {
  for (const [name, text] of rootKeys) {
    const key = parsePrivateKey(text, name);
    if (roles.keycert.k.includes(await nameOf(key))) return key;
  }
  throw new ServerError(
    "keys/missing",
    "no root key is on this machine: name one with --key, or write what it is to sign into a file with --request",
  );
}

/**
 * Makes a keycert with a new life for the same online key in the same epoch.
 *
 * @throws ServerError `keys/missing` when no root key lies beside it: it has been taken offline
 */
export async function renewKeycert(files: KeyFiles, nowMs: number): Promise<string> {
  const { env, claims, rootPayload } = await readSigner(files);
  const { ep, cnf } = claims;
  return signKeycert(
    await claimsFor(cnf.jwk, { env, ep, nowMs }),
    await issuerHere(files, rootPayload),
  );
}

/**
 * Turns key files into a signer, after checking that each vouches for the next.
 *
 * @throws ServerError `keys/malformed`, `keys/wrong-environment`
 */
export async function loadSigner(files: KeyFiles, env: string): Promise<Signer> {
  const signer = await readSigner(files);
  if (signer.env === env) return signer;
  throw new ServerError(
    "keys/wrong-environment",
    `these keys are for ${signer.env}, and MULBERRY_ENV is ${env}: set MULBERRY_ENV=${signer.env}, or name another folder with --data`,
  );
}

async function readSigner(files: KeyFiles): Promise<Signer> {
  const { rootPayload, roots } = await readRoots(files);
  const keycert = files.keycert.trim();
  const claims = await readKeycert(keycert, rootPayload);
  if (claims.env !== rootPayload.env)
    throw new ServerError(
      "keys/malformed",
      "keycert.jwt is for another environment than root.json",
    );
  const { online, usesNext } = await keyNamedBy(claims, files);
  return {
    env: claims.env,
    root: files.root.trim(),
    rootPayload,
    roots,
    keycert,
    claims,
    usesNext,
    sign: (payload) => online.sign(payload),
  };
}

/** The keycert decides which of two online keys is in use: it is replaced in one step. */
async function keyNamedBy(
  claims: KeycertClaims,
  { online, nextOnline }: KeyFiles,
): Promise<{ readonly online: OnlineKey; readonly usesNext: boolean }> {
  const current = parseOnlineKey(online);
  if ((await nameOf(current.public)) === claims.sub) return { online: current, usesNext: false };
  if (nextOnline !== undefined) {
    const next = parseOnlineKey(nextOnline, "online.next.json");
    if ((await nameOf(next.public)) === claims.sub) return { online: next, usesNext: true };
  }
  throw new ServerError("keys/malformed", "keycert.jwt vouches for another key than online.json");
}

/** The newest root, reached from the first one as a client reaches it. */
async function readRoots({
  root,
  olderRoots,
}: KeyFiles): Promise<Pick<Signer, "rootPayload" | "roots">> {
  const newest = root.trim();
  const alone = await readRoot(newest);
  const { version } = alone;
  // What was cut off in between left the newest one among the older ones too.
  const older = olderRoots.slice(0, version - 1).map((text) => text.trim());
  if (older.length < version - 1)
    throw new ServerError(
      "keys/malformed",
      `root.json is root ${String(version)}, and keys/roots/${String(older.length + 1)}.json is not there: browsers that pin it could not go on`,
    );
  let before: RootPayload | undefined;
  for (const [index, text] of older.entries())
    before = await readRoot(text, `roots/${String(index + 1)}.json`, before);
  const rootPayload = before === undefined ? alone : await readRoot(newest, "root.json", before);
  return { rootPayload, roots: [...older, newest] };
}

/**
 * Reads a root as a client verifies it: by itself, or as the one that follows another.
 *
 * @throws ServerError `keys/malformed`, naming `what`
 */
export async function readRoot(
  text: string,
  what = "root.json",
  before?: RootPayload,
): Promise<Verified<RootPayload>> {
  const at = { code: "keys/malformed", what } as const;
  const signed = parseOwn(parseSignedRoot, text, at);
  try {
    return (await verifyRoot(signed, joseTokens, before)).root;
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError("keys/malformed", `${what} is not valid: ${cause.message}`, { cause });
  }
}

/** A keycert that a key of the root signed. Whether it is still alive is asked where it is used. */
async function readKeycert(token: string, root: RootPayload): Promise<KeycertClaims> {
  const at = { code: "keys/malformed", what: "keycert.jwt" } as const;
  for (const kid of root.roles.keycert.k) {
    const key = Object.hasOwn(root.keys, kid) ? root.keys[kid] : undefined;
    const bytes = key && (await joseTokens.verifyCompact(token, key, tokenTypes.keycert));
    const text = bytes instanceof Uint8Array ? decodeUtf8(bytes) : undefined;
    if (text !== undefined) return parseOwn(parseKeycertClaims, text, at);
  }
  throw new ServerError("keys/malformed", "keycert.jwt is not signed by a key of root.json");
}
