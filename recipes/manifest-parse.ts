import * as v from "valibot";
import { RecipeError, type RecipeErrorCode } from "./errors.ts";
import { toFindings } from "./findings.ts";
import {
  type Bundle,
  type HaltPayload,
  keycertAudience,
  keycertIssuer,
  type KeycertClaims,
  type ManifestPayload,
  type RootPayload,
  type SignedRoot,
  wireLimits,
} from "./manifest.ts";
import { pointerTo } from "./pointer.ts";

// The signed wire, from unknown to types. Shape only: whose signature covers it, whether it is
// fresh and who may sign it is for the one who verifies. Members that are not named are ignored,
// except in a key, where one more could be the private half.

/**
 * Reads a manifest's payload.
 *
 * @throws RecipeError `manifest/malformed` with a pointer
 */
export function parseManifest(value: unknown): ManifestPayload {
  const manifest = shaped(manifestShape, value, "manifest/malformed");
  let bodiesBytes = 0;
  let lastId = 0;
  for (const [index, { id, len }] of manifest.recipes.entries()) {
    if (id <= lastId) {
      throw malformed("manifest/malformed", "ids ascend", ["recipes", index, "id"]);
    }
    lastId = id;
    bodiesBytes += len;
  }
  if (bodiesBytes > wireLimits.bodiesBytes) {
    throw malformed("manifest/malformed", "the bodies are too large together", ["recipes"]);
  }
  return manifest;
}

/**
 * Reads the payload of a halt.
 *
 * @throws RecipeError `halt/malformed` with a pointer
 */
export function parseHalt(value: unknown): HaltPayload {
  return shaped(haltShape, value, "halt/malformed");
}

/**
 * Reads what a keycert claims.
 *
 * @throws RecipeError `keycert/malformed` with a pointer
 */
export function parseKeycertClaims(value: unknown): KeycertClaims {
  return shaped(keycertShape, value, "keycert/malformed");
}

/**
 * Reads the payload of a root: every role must name keys that the root holds, and enough of them.
 *
 * @throws RecipeError `root/malformed` with a pointer
 */
export function parseRoot(value: unknown): RootPayload {
  const root = shaped(rootShape, value, "root/malformed");
  for (const [name, { k, m }] of Object.entries(root.roles)) {
    for (const [index, key] of k.entries()) {
      if (!Object.hasOwn(root.keys, key) || k.indexOf(key) !== index) {
        throw malformed("root/malformed", "a role names each of its keys once, and no other", [
          "roles",
          name,
          "k",
          index,
        ]);
      }
    }
    if (m > k.length) {
      throw malformed("root/malformed", "more signatures are asked for than there are keys", [
        "roles",
        name,
        "m",
      ]);
    }
  }
  return root;
}

/**
 * Reads a root as it travels: a payload and the signatures over it.
 *
 * @throws RecipeError `root/malformed` with a pointer
 */
export function parseSignedRoot(value: unknown): SignedRoot {
  return shaped(signedRootShape, value, "root/malformed");
}

/**
 * Reads what `/v2/bundle.json` answers.
 *
 * @throws RecipeError `manifest/malformed` with a pointer
 */
export function parseBundle(value: unknown): Bundle {
  return shaped(bundleShape, value, "manifest/malformed");
}

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.array(text);
const version = v.literal(1);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** 32 bytes as base64url without padding. */
const sha256 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/u));
/** 48 bytes, one coordinate on P-384. */
const coordinate = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{64}$/u));
const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/u));
const compactToken = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/u),
);
const publicJwk = v.strictObject({
  kty: v.literal("EC"),
  crv: v.literal("P-384"),
  x: coordinate,
  y: coordinate,
});

const entryShape = v.object({
  id: positive,
  slug: text,
  rev: v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,15})$/u)),
  act: text,
  sha256,
  len: v.pipe(positive, v.maxValue(wireLimits.bodyBytes)),
  mod: count,
});

const killShape = v.object({
  all: v.boolean(),
  ids: v.array(positive),
  slugs: texts,
  prefs: texts,
  addons: texts,
});

const haltShape = v.object({
  v: version,
  env: text,
  hn: positive,
  iat: count,
  exp: count,
  min_ep: count,
  kill: killShape,
});

const manifestShape = v.object({
  v: version,
  env: text,
  ep: count,
  n: count,
  iat: count,
  nbf: count,
  exp: count,
  prev: v.union([v.literal(""), sha256]),
  must: texts,
  recipes: v.pipe(v.array(entryShape), v.maxLength(wireLimits.recipes)),
  kill: killShape,
  min_client: text,
  poll: positive,
});

const keycertShape = v.object({
  iss: v.literal(keycertIssuer),
  aud: v.literal(keycertAudience),
  sub: sha256,
  jti: text,
  iat: count,
  nbf: count,
  exp: count,
  env: text,
  use: v.literal("manifest"),
  ep: count,
  nmax: count,
  life: positive,
  acts: texts,
  cnf: v.strictObject({ jwk: publicJwk }),
});

const role = v.object({ k: v.pipe(v.array(sha256), v.minLength(1)), m: positive });
const rootShape = v.object({
  v: version,
  env: text,
  version: positive,
  iat: count,
  exp: count,
  keys: v.record(sha256, publicJwk),
  roles: v.object({ root: role, keycert: role, halt: role }),
  min_ep: count,
  min_client: text,
});

const signedRootShape = v.object({
  payload: base64url,
  signatures: v.pipe(
    v.array(v.object({ protected: base64url, signature: base64url })),
    v.minLength(1),
    // Every signature costs a verification, and a root has a handful of keys.
    v.maxLength(16),
  ),
});

const bundleShape = v.object({ keycert: compactToken, manifest: compactToken });

function shaped<S extends v.GenericSchema>(
  shape: S,
  value: unknown,
  code: RecipeErrorCode,
): v.InferOutput<S> {
  const parsed = v.safeParse(shape, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw (
    toFindings(parsed.issues, { codeOf: () => code })[0] ??
    malformed(code, "it has another shape", [])
  );
}

function malformed(
  code: RecipeErrorCode,
  message: string,
  path: readonly (string | number)[],
): RecipeError {
  return new RecipeError(code, message, { at: pointerTo(path) });
}
