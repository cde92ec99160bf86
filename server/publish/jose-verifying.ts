import { compactVerify, errors, flattenedVerify, importJWK, jwtVerify } from "jose";
import type { TokenVerifier } from "#core/ports.ts";
import {
  keycertAudience,
  keycertIssuer,
  type PublicJwk,
  tokenTypes,
  wireLimits,
} from "#recipes/manifest.ts";
import { sha256 } from "./hash.ts";
import { nameOf, publicPart } from "./jose-signing.ts";

const algorithms = ["ES384"];
const segment = /^[A-Za-z0-9_-]+$/u;

/** The client's port for signature checks, carried out by jose: the same calls as in a browser. */
export const joseTokens: TokenVerifier = {
  verifyCompact: async (token, key, typ) => {
    if (!isToken(token)) return "malformed";
    return answer(async () => {
      const { payload, protectedHeader } = await compactVerify(token, await imported(key), {
        algorithms,
      });
      return protectedHeader.typ === typ ? payload : "malformed";
    });
  },

  verifyOneOf: async (payload, signature, key, typ) =>
    answer(async () => {
      const checked = await flattenedVerify({ payload, ...signature }, await imported(key), {
        algorithms,
      });
      return checked.protectedHeader?.typ === typ ? checked.payload : "malformed";
    }),

  verifyKeycert: async (token, key, nowSeconds) => {
    if (!isToken(token)) return { kind: "malformed" };
    try {
      const { payload } = await jwtVerify(token, await imported(key), {
        algorithms,
        typ: tokenTypes.keycert,
        issuer: keycertIssuer,
        audience: keycertAudience,
        requiredClaims: [
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
        ],
        currentDate: new Date(nowSeconds * 1_000),
        clockTolerance: wireLimits.clockToleranceSeconds,
      });
      return { kind: "claims", claims: payload };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: "expired" };
      if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: "bad-signature" };
      if (error instanceof errors.JOSEError) return { kind: "malformed" };
      throw error;
    }
  },

  thumbprint: nameOf,
  sha256: (bytes) => Promise.resolve(sha256(bytes)),
};

async function answer(
  check: () => Promise<Uint8Array | "malformed">,
): Promise<Uint8Array | "malformed" | "bad-signature"> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return "bad-signature";
    if (error instanceof errors.JOSEError) return "malformed";
    throw error;
  }
}

function imported(key: PublicJwk): ReturnType<typeof importJWK> {
  return importJWK({ ...publicPart(key) }, "ES384");
}

/** jose decodes segments with blanks in them: a second text for one signature. */
function isToken(token: string): boolean {
  const segments = token.split(".");
  return segments.length === 3 && segments.every((part) => segment.test(part));
}
