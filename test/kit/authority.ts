import { createHash, webcrypto } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import {
  type Bundle,
  keycertAudience,
  keycertIssuer,
  type KeycertClaims,
  type ManifestEntry,
  type ManifestPayload,
  type PublicJwk,
  type RootPayload,
  type SignedRoot,
  tokenTypes,
} from "#recipes/manifest.ts";
import type { Recipe } from "#recipes/recipe.ts";

// Who may sign what, for tests: real P-384 keys, real signatures, and every member of everything
// that is signed open to be said otherwise, so that a hostile variant is one line. It shares no
// code with the server's signing.

export interface SigningKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly privateKey: webcrypto.CryptoKey;
}

/** How one token is made; all members are optional lies. */
export interface TokenLies {
  readonly signedBy?: SigningKey;
  /** Members of the header that are other than they should be; `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A recipe to publish, with what its entry or its body say instead. */
export interface Publishing {
  readonly recipe: Recipe;
  readonly entry?: Partial<ManifestEntry>;
  /** What is served and hashed in place of the recipe's JSON. */
  readonly body?: string | Uint8Array;
}

export interface BundleSaying {
  readonly recipes?: readonly (Recipe | Publishing)[];
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly keycert?: Readonly<Record<string, unknown>>;
  readonly signManifest?: TokenLies;
  readonly signKeycert?: TokenLies;
}

export interface Published {
  readonly bundle: Bundle;
  readonly manifest: ManifestPayload;
  /** By their SHA-256, base64url. */
  readonly bodies: ReadonlyMap<string, Uint8Array>;
}

export interface Authority {
  readonly nowSeconds: number;
  readonly rootKeys: readonly SigningKey[];
  readonly online: SigningKey;
  readonly rootPayload: RootPayload;
  /** Version 1, signed by two of three. */
  readonly root: SignedRoot;
  bundle(saying?: BundleSaying): Promise<Published>;
}

const day = 86_400;

/** A root of three keys of which two must sign, one online key, and a way to publish. */
export async function anAuthority(
  saying: { readonly root?: Partial<RootPayload>; readonly nowSeconds?: number } = {},
): Promise<Authority> {
  const { nowSeconds = 1_795_000_000 } = saying;
  const rootKeys = [await aKey(), await aKey(), await aKey()];
  const online = await aKey();
  const rootPayload = { ...aRootPayload(rootKeys, nowSeconds), ...saying.root };
  return {
    nowSeconds,
    rootKeys,
    online,
    rootPayload,
    root: await signRoot(rootPayload, rootKeys.slice(0, 2)),
    async bundle(said = {}) {
      const entries: ManifestEntry[] = [];
      const bodies = new Map<string, Uint8Array>();
      for (const item of said.recipes ?? []) {
        const { entry, bytes } = publish("recipe" in item ? item : { recipe: item }, nowSeconds);
        entries.push(entry);
        bodies.set(entry.sha256, bytes);
      }
      const manifest: ManifestPayload = {
        ...aManifest(entries, nowSeconds),
        ...said.manifest,
      };
      const claims = { ...aKeycert(online, nowSeconds), ...said.keycert };
      const bundle = {
        keycert: await token(claims, tokenTypes.keycert, rootKeys[0], said.signKeycert),
        manifest: await token(manifest, tokenTypes.manifest, online, said.signManifest),
      };
      return { bundle, manifest, bodies };
    },
  };
}

export async function aKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("ES384", { extractable: true });
  const { x = "", y = "" } = await exportJWK(publicKey);
  const jwk: PublicJwk = { kty: "EC", crv: "P-384", x, y };
  return { kid: await calculateJwkThumbprint({ ...jwk }, "sha256"), jwk, privateKey };
}

/** Version 1 of a root: two of these keys sign roots, any of them a keycert. */
export function aRootPayload(keys: readonly SigningKey[], nowSeconds: number): RootPayload {
  const k = keys.map(({ kid }) => kid);
  return {
    v: 1,
    env: "test",
    version: 1,
    iat: nowSeconds - day,
    exp: nowSeconds + 730 * day,
    keys: Object.fromEntries(keys.map(({ kid, jwk }) => [kid, jwk])),
    roles: { root: { k, m: 2 }, keycert: { k, m: 1 }, halt: { k, m: 1 } },
    min_ep: 0,
    min_client: "0.1.0",
  };
}

/** A root as it travels: a signature by each of these keys, each header open to lies. */
export async function signRoot(
  payload: unknown,
  signers: readonly SigningKey[],
  header: Readonly<Record<string, unknown>> = {},
): Promise<SignedRoot> {
  const signed = await Promise.all(
    signers.map((signedBy) => token(payload, tokenTypes.root, signedBy, { header })),
  );
  return {
    payload: signed[0]?.split(".")[1] ?? "",
    signatures: signed.map((compact) => {
      const [protectedHeader = "", , signature = ""] = compact.split(".");
      return { protected: protectedHeader, signature };
    }),
  };
}

/** A compact token over any payload, under any header. */
export async function token(
  payload: unknown,
  typ: string,
  usual: SigningKey | undefined,
  { signedBy = usual, header = {} }: TokenLies = {},
): Promise<string> {
  if (signedBy === undefined) throw new Error("nobody signs this token");
  const said = { alg: "ES384", typ, kid: signedBy.kid, ...header };
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const signing = `${base64url(JSON.stringify(said))}.${base64url(text)}`;
  const signature = await webcrypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-384" },
    signedBy.privateKey,
    new TextEncoder().encode(signing),
  );
  return `${signing}.${Buffer.from(signature).toString("base64url")}`;
}

export function base64url(content: string | Uint8Array): string {
  return Buffer.from(content).toString("base64url");
}

/** SHA-256, base64url. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

/** The entry that a manifest has for a recipe, and the body it promises. */
export function publish(
  { recipe, entry, body }: Publishing,
  nowSeconds = 1_795_000_000,
): { readonly entry: ManifestEntry; readonly bytes: Uint8Array } {
  const content = body ?? JSON.stringify(recipe);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    bytes,
    entry: {
      id: recipe.id,
      slug: recipe.slug,
      rev: recipe.revision_id,
      act: recipe.action,
      sha256: sha256Of(bytes),
      len: bytes.byteLength,
      mod: nowSeconds - 60,
      ...entry,
    },
  };
}

function aKeycert(online: SigningKey, nowSeconds: number): KeycertClaims {
  return {
    iss: keycertIssuer,
    aud: keycertAudience,
    sub: online.kid,
    jti: "keycert-1",
    iat: nowSeconds - 60,
    nbf: nowSeconds - 60 - 2 * day,
    exp: nowSeconds - 60 + 35 * day,
    env: "test",
    use: "manifest",
    ep: 1,
    nmax: 1_000_000,
    life: 7 * day,
    acts: ["*"],
    cnf: { jwk: online.jwk },
  };
}

function aManifest(recipes: readonly ManifestEntry[], nowSeconds: number): ManifestPayload {
  return {
    v: 1,
    env: "test",
    ep: 1,
    n: 10,
    iat: nowSeconds - 60,
    nbf: nowSeconds - 60,
    exp: nowSeconds - 60 + 7 * day,
    prev: "",
    must: [],
    recipes,
    kill: { all: false, ids: [], slugs: [], prefs: [], addons: [] },
    min_client: "0.1.0",
    poll: 21_600,
  };
}
