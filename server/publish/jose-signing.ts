import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, CompactSign, FlattenedSign, importJWK, SignJWT } from "jose";
import {
  type KeycertClaims,
  type PublicJwk,
  type SignedRoot,
  tokenTypes,
} from "#recipes/manifest.ts";

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

/** Signs a root payload with every key given: JWS in General serialisation. */
export async function signRoot(payload: string, keys: readonly PrivateJwk[]): Promise<SignedRoot> {
  const bytes = new TextEncoder().encode(payload);
  const signed = await Promise.all(
    keys.map(async (key) =>
      new FlattenedSign(bytes)
        .setProtectedHeader({ alg, typ: tokenTypes.root, kid: await nameOf(key) })
        .sign(await importJWK({ ...key }, alg)),
    ),
  );
  return {
    payload: Buffer.from(bytes).toString("base64url"),
    signatures: signed.map(({ protected: header, signature }) => ({
      protected: header ?? "",
      signature,
    })),
  };
}

/** Signs what the root allows the online key. */
export async function signKeycert(claims: KeycertClaims, key: PrivateJwk): Promise<string> {
  return new SignJWT({ ...claims, acts: [...claims.acts] })
    .setProtectedHeader({ alg, typ: tokenTypes.keycert, kid: await nameOf(key) })
    .sign(await importJWK({ ...key }, alg));
}

/** Signs a manifest payload: compact JWS. */
export async function signManifest(payload: string, key: PrivateJwk): Promise<string> {
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg, typ: tokenTypes.manifest, kid: await nameOf(key) })
    .sign(await importJWK({ ...key }, alg));
}
