import { compactVerify, errors, flattenedVerify, type JWK, jwtVerify } from "jose";
import type { KeycertCheck, TokenVerifier } from "#core/ports.ts";
import {
  keycertAudience,
  keycertIssuer,
  type PublicJwk,
  tokenTypes,
  wireLimits,
} from "#recipes/manifest.ts";

const algorithms = ["ES384"];
/** A manifest travels inside a bundle, a root beside nothing: no token may be longer than the larger of the two. */
const maxTokenLength = Math.max(wireLimits.bundleBytes, wireLimits.rootBytes);
const segment = /^[A-Za-z0-9_-]+$/u;

const keycertClaims = [
  "sub",
  "jti",
  "iat",
  "nbf",
  "exp",
  "env",
  "use",
  "ep",
  "nmax",
  "life",
  "acts",
  "cnf",
];

/** Signature checks by jose, in a browser or in Node. */
export const tokens: TokenVerifier = {
  async verifyCompact(token, key, typ) {
    if (!isWellFormed(token)) return "malformed";
    return settle(async () => {
      const { payload, protectedHeader } = await compactVerify(token, keyOf(key), {
        algorithms,
      });
      return protectedHeader.typ === typ ? payload : "malformed";
    });
  },

  async verifyOneOf(payload, signature, key, typ) {
    if (!isWellFormed(`${signature.protected}.${payload}.${signature.signature}`))
      return "malformed";
    return settle(async () => {
      const jws = { payload, protected: signature.protected, signature: signature.signature };
      const verified = await flattenedVerify(jws, keyOf(key), { algorithms });
      return verified.protectedHeader?.typ === typ ? verified.payload : "malformed";
    });
  },

  async verifyKeycert(token, key, nowSeconds) {
    if (!isWellFormed(token)) return { kind: "malformed" };
    return settleClaims(async () => {
      const { payload } = await jwtVerify(token, keyOf(key), {
        algorithms,
        typ: tokenTypes.keycert,
        issuer: keycertIssuer,
        audience: keycertAudience,
        requiredClaims: keycertClaims,
        currentDate: new Date(nowSeconds * 1000),
        clockTolerance: wireLimits.clockToleranceSeconds,
      });
      return payload;
    });
  },

  // RFC 7638, 3.2: the members that make an EC key, in alphabetical order and without white space.
  // jose's own brings every kind of key along, 2 KB of a background script that promises to be small.
  thumbprint: ({ x, y }) =>
    sha256(new TextEncoder().encode(JSON.stringify({ crv: "P-384", kty: "EC", x, y }))),
  sha256,
};

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return base64url(new Uint8Array(digest));
}

/** Freshly built, so that jose imports no private or other member of what came in. */
function keyOf({ x, y }: PublicJwk): JWK {
  return { kty: "EC", crv: "P-384", x, y };
}

/** What jose is lenient about: the length, white space in a segment, further header members. */
function isWellFormed(token: unknown): boolean {
  if (typeof token !== "string" || token.length > maxTokenLength) return false;
  const segments = token.split(".");
  if (segments.length !== 3 || !segments.every((part) => segment.test(part))) return false;
  return hasOnlyOurMembers(segments[0] ?? "");
}

function hasOnlyOurMembers(encoded: string): boolean {
  let header: unknown;
  try {
    header = JSON.parse(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return false;
  }
  if (typeof header !== "object" || header === null) return false;
  return Object.keys(header).sort().join() === "alg,kid,typ";
}

/** Names jose's refusals of a signature. What is none of its own is a fault of ours and is thrown on. */
async function settle<T>(verify: () => Promise<T>): Promise<T | "malformed" | "bad-signature"> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return "bad-signature";
    if (error instanceof errors.JOSEError) return "malformed";
    // WebCrypto's own: a key that is no point of the curve.
    if (error instanceof DOMException) return "bad-signature";
    throw error;
  }
}

/** As `settle`, with the claims' own refusal: the time is not within them. */
async function settleClaims(verify: () => Promise<unknown>): Promise<KeycertCheck> {
  const outcome = await settle(async () => {
    try {
      return { kind: "claims", claims: await verify() } as const;
    } catch (error) {
      if (isOutOfTime(error)) return { kind: "expired" } as const;
      throw error;
    }
  });
  return typeof outcome === "string" ? { kind: outcome } : outcome;
}

function isOutOfTime(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true;
  if (!(error instanceof errors.JWTClaimValidationFailed)) return false;
  return error.claim === "nbf" && error.reason === "check_failed";
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/u, "");
}
