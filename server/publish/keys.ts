import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { actionNames } from "#recipes/arguments.ts";
import { parseKeycertClaims, parseSignedRoot } from "#recipes/manifest-parse.ts";
import {
  keycertAudience,
  keycertIssuer,
  type KeycertClaims,
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
import {
  generateKey,
  nameOf,
  type PrivateJwk,
  publicPart,
  signKeycert,
  signManifest,
  signRoot,
} from "./jose-signing.ts";
import { joseTokens } from "./jose-verifying.ts";
import { parseOwn } from "./own-json.ts";

const daySeconds = 86_400;
const rootLifeSeconds = 2 * 365 * daySeconds;
/** How long a manifest lives; the keycert allows no more. */
export const manifestLifeSeconds = 7 * daySeconds;
/** How far a client's clock may be behind. */
export const clockSlackSeconds = 2 * daySeconds;
/** How far one online key may count: bounds what a thief can make clients believe. */
const highestManifest = 1_000_000;
/** The version of the client that first understands this wire format. */
export const minClient = "0.0.0";

/** The keys of a server that can publish, checked against each other. */
export interface Signer {
  readonly env: string;
  /** As pinned by the extension and served, JSON text. */
  readonly root: string;
  readonly rootPayload: RootPayload;
  readonly keycert: string;
  readonly claims: KeycertClaims;
  /** @returns the manifest as compact JWS */
  sign(payload: string): Promise<string>;
}

/** Makes a root of three keys, two of which must agree, and an online key that the root vouches for. */
export async function makeKeys(env: string, nowMs: number): Promise<KeyFiles> {
  const iat = Math.floor(nowMs / 1_000);
  const rootKeys = [generateKey(), generateKey(), generateKey()] as const;
  const names = await Promise.all(rootKeys.map(nameOf));
  const payload: RootPayload = {
    v: 1,
    env,
    version: 1,
    iat,
    exp: iat + rootLifeSeconds,
    keys: Object.fromEntries(rootKeys.map((key, index) => [names[index] ?? "", publicPart(key)])),
    roles: { root: { k: names, m: 2 }, keycert: { k: names, m: 1 }, halt: { k: names, m: 1 } },
    min_ep: 1,
    min_client: minClient,
  };
  const online = generateKey();
  const claims = await claimsFor(online, env, 1, iat);
  return {
    root: `${JSON.stringify(await signRoot(JSON.stringify(payload), rootKeys))}\n`,
    online: `${JSON.stringify(online)}\n`,
    keycert: await signKeycert(claims, rootKeys[0]),
    rootKeys: new Map(
      rootKeys.map((key, index) => [`root-${String(index + 1)}.json`, `${JSON.stringify(key)}\n`]),
    ),
  };
}

/**
 * Makes a keycert with a new life for the same online key in the same epoch.
 *
 * @throws ServerError `keys/missing` when no root key lies beside it: it has been taken offline
 */
export async function renewKeycert(files: KeyFiles, nowMs: number): Promise<string> {
  const { value: signer, online } = await readSigner(files);
  const [text] = files.rootKeys.values();
  if (text === undefined)
    throw new ServerError("keys/missing", "a keycert is renewed with a root key, and none is here");
  const iat = Math.floor(nowMs / 1_000);
  return signKeycert(
    await claimsFor(online, signer.env, signer.claims.ep, iat),
    parsePrivateKey(text, "root key"),
  );
}

/**
 * Turns key files into a signer, after checking that each vouches for the next.
 *
 * @throws ServerError `keys/malformed`, `keys/wrong-environment`
 */
export async function loadSigner(files: KeyFiles, env: string): Promise<Signer> {
  const { value } = await readSigner(files);
  if (value.env !== env)
    throw new ServerError(
      "keys/wrong-environment",
      `these keys are for ${value.env}, and MULBERRY_ENV is ${env}`,
    );
  return value;
}

async function readSigner(
  files: KeyFiles,
): Promise<{ readonly value: Signer; readonly online: PrivateJwk }> {
  const rootPayload = await readRoot(files.root);
  const keycert = files.keycert.trim();
  const claims = await readKeycert(keycert, rootPayload);
  const online = parsePrivateKey(files.online, "online.json");
  if ((await nameOf(online)) !== claims.sub)
    throw new ServerError("keys/malformed", "keycert.jwt vouches for another key than online.json");
  if (claims.env !== rootPayload.env)
    throw new ServerError(
      "keys/malformed",
      "keycert.jwt is for another environment than root.json",
    );
  const value: Signer = {
    env: claims.env,
    root: files.root.trim(),
    rootPayload,
    keycert,
    claims,
    sign: (payload) => signManifest(payload, online),
  };
  return { value, online };
}

/**
 * Reads a root as a client verifies one that it pins.
 *
 * @throws ServerError `keys/malformed`, naming `what`
 */
export async function readRoot(text: string, what = "root.json"): Promise<Verified<RootPayload>> {
  const at = { code: "keys/malformed", what } as const;
  const signed = parseOwn(parseSignedRoot, text, at);
  try {
    return (await verifyRoot(signed, joseTokens)).root;
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
    if (!(bytes instanceof Uint8Array)) continue;
    return parseOwn(parseKeycertClaims, decodeUtf8(bytes) ?? "", at);
  }
  throw new ServerError("keys/malformed", "keycert.jwt is not signed by a key of root.json");
}

async function claimsFor(
  online: PrivateJwk,
  env: string,
  ep: number,
  iat: number,
): Promise<KeycertClaims> {
  return {
    iss: keycertIssuer,
    aud: keycertAudience,
    sub: await nameOf(online),
    jti: randomUUID(),
    iat,
    nbf: iat - clockSlackSeconds,
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

const coordinate = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{64}$/u));
const privateJwk = v.strictObject({
  kty: v.literal("EC"),
  crv: v.literal("P-384"),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});

function parsePrivateKey(text: string, what: string): PrivateJwk {
  return parseOwn((value) => v.parse(privateJwk, value), text, { code: "keys/malformed", what });
}
