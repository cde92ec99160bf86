import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, CompactSign, FlattenedSign, importJWK } from "jose";
import { type PublicJwk, type SignedRoot, tokenTypes } from "#recipes/manifest.ts";

// The signing side of jose; jose-verifying.ts is the other, and nothing else of the server calls it.

const alg = "ES384";

/** A P-384 key with its secret. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

/** Makes a P-384 key from the system's own randomness. */
export function generateKey(): PrivateJwk {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const { x, y, d } = privateKey.export({ format: "jwk" });
  if (x === undefined || y === undefined || d === undefined)
    throw new TypeError("the system made a key without coordinates");
  return { kty: "EC", crv: "P-384", x, y, d };
}

/** The four members that may be shown to others. */
export function publicPart({ kty, crv, x, y }: PublicJwk): PublicJwk {
  return { kty, crv, x, y };
}

/** The name of a key: its RFC 7638 SHA-256 thumbprint. */
export async function nameOf(key: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ ...publicPart(key) }, "sha256");
}

/** One signature over a payload: what a JWS needs beside the payload itself. */
export type PartialSignature = SignedRoot["signatures"][number];

/** Signs a payload, which travels beside the signature: a root needs several, from several places. */
export async function signPart(
  payload: string,
  typ: (typeof tokenTypes)[keyof typeof tokenTypes],
  key: PrivateJwk,
): Promise<PartialSignature> {
  const { protected: header = "", signature } = await new FlattenedSign(
    new TextEncoder().encode(payload),
  )
    .setProtectedHeader({ alg, typ, kid: await nameOf(key) })
    .sign(await importJWK({ ...key }, alg));
  return { protected: header, signature };
}

/** Signs a manifest payload: compact JWS. */
export async function signManifest(payload: string, key: PrivateJwk): Promise<string> {
  return signCompact(payload, tokenTypes.manifest, key);
}

/** Signs a halt payload: compact JWS. */
export async function signHalt(payload: string, key: PrivateJwk): Promise<string> {
  return signCompact(payload, tokenTypes.halt, key);
}

/**
 * A manifest as compact JWS, signed by whoever holds the secret.
 *
 * @param ask - gives the raw signature (r and s) over the text that it gets, base64url
 */
export async function signManifestBy(
  payload: string,
  key: PublicJwk,
  ask: (signingInput: string) => Promise<string>,
): Promise<string> {
  const header = JSON.stringify({ alg, typ: tokenTypes.manifest, kid: await nameOf(key) });
  const input = [header, payload].map((part) => Buffer.from(part).toString("base64url")).join(".");
  return `${input}.${await ask(input)}`;
}

async function signCompact(payload: string, typ: string, key: PrivateJwk): Promise<string> {
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg, typ, kid: await nameOf(key) })
    .sign(await importJWK({ ...key }, alg));
}
