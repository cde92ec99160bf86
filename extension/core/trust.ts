import { bytesToHex } from "@noble/hashes/utils.js";
import {
  parseBundle,
  parseKeycertClaims,
  parseManifest,
  parseRoot,
  parseSignedRoot,
} from "#recipes/manifest-parse.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import {
  type Bundle,
  type KeycertClaims,
  type ManifestEntry,
  type ManifestPayload,
  type PublicJwk,
  type RootPayload,
  type RootRole,
  type SignedRoot,
  tokenTypes,
  wireLimits,
} from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import { bytesFromBase64url } from "./encoding.ts";
import { digest } from "./digest.ts";
import type { TokenVerifier } from "./ports.ts";
import { headerOf, payloadText, shape, signedJson } from "./token.ts";
import { refuse, type TrustCode, UntimelyError } from "./trust-error.ts";

// What we believe, and why. Checks stand in the order of the signing design (docs/wire.md,
// "Verification"); each names its clause. Nothing here fetches, stores or decides what to do.

/** What the last manifest that was believed leaves behind: later ones are measured against it. */
export interface TrustedState {
  readonly ep: number;
  readonly n: number;
  /** SHA-256 (base64url) of that manifest's payload bytes. */
  readonly digest: string;
}

/** A recipe's body before it is parsed. */
export interface BodyText {
  readonly text: string;
}

export interface VerifiedBundle {
  readonly manifest: Verified<ManifestPayload>;
  readonly state: TrustedState;
}

/** Features that a manifest may demand (`must`) and this client has. */
const knownFeatures: ReadonlySet<string> = new Set(["mass-ok"]);

/**
 * Verifies a root by its own threshold, and by the previous root's where there is one.
 *
 * @throws TrustError `malformed`, `root-version`, `too-few-signatures`
 */
export async function verifyRoot(
  input: unknown,
  tokens: TokenVerifier,
  previous?: RootPayload,
): Promise<{ readonly signed: SignedRoot; readonly root: Verified<RootPayload> }> {
  const signed = shape(() => parseSignedRoot(input));
  const root = shape(() => parseRoot(signedJson(payloadText(signed.payload))));
  // 2: version exactly N+1, the same environment.
  if (
    previous !== undefined &&
    (root.version !== previous.version + 1 || root.env !== previous.env)
  )
    refuse("root-version", "a root does not follow the one before it");
  // 2: m distinct keys of N+1, and of N.
  await requireThreshold(signed, root, root.roles.root, tokens);
  if (previous !== undefined) await requireThreshold(signed, previous, previous.roles.root, tokens);
  return { signed, root: believe(root) };
}

/**
 * Verifies keycert and manifest under a root: clauses 2 (its time), 5 and 6.
 *
 * @param nowSeconds - the run's one time, in seconds since 1970
 * @param trusted - what was believed last; `undefined` for a browser that has believed nothing yet
 * @param version - the client's own; nothing is too new for one that does not tell it
 * @throws TrustError; UntimelyError where all is well but the time, or what the client knows
 */
export async function verifyBundle(
  input: unknown,
  root: Verified<RootPayload>,
  trusted: TrustedState | undefined,
  nowSeconds: number,
  tokens: TokenVerifier,
  version?: string,
): Promise<VerifiedBundle & { readonly bundle: Bundle }> {
  const bundle = shape(() => parseBundle(input));
  // 2: under a root that is over, nothing new is believed.
  if (nowSeconds - wireLimits.clockToleranceSeconds > root.exp)
    refuse("root-expired", "the root is older than it may be");
  const cert = await verifyKeycert(bundle.keycert, root, trusted, nowSeconds, tokens);
  const { payload, bytes } = await readManifest(bundle.manifest, cert, tokens);
  checkManifest(payload, cert);
  const state = {
    ep: payload.ep,
    n: payload.n,
    digest: await tokens.sha256(bytes),
  };
  checkMonotonic(state, trusted);
  checkTimely(payload, nowSeconds, version);
  return { bundle, manifest: believe(payload), state };
}

/**
 * Holds a body against the entry that promised it: clause 8.
 *
 * @param text - the body, decoded from exactly the bytes that arrived
 * @throws TrustError `body-mismatch`
 */
export function verifyBody(
  entry: Pick<ManifestEntry, "id" | "sha256">,
  text: string,
): Verified<BodyText> {
  if (digest(text) !== hexOf(entry.sha256))
    refuse(
      "body-mismatch",
      `the body of recipe ${String(entry.id)} is not the one that was signed`,
    );
  return believe({ text });
}

/** Turns something verified into another type without losing that it was verified. */
export function mapVerified<T, U>(value: Verified<T>, parse: (value: T) => U): Verified<U> {
  return believe(parse(value));
}

/**
 * The one thing that is believed without a signature: what QA's own manifest says, in dev mode and under a
 * root for development. A browser whose root is another one has no way here.
 *
 * @returns `undefined` anywhere else
 */
export function believeInDevelopment<T>(
  value: T,
  { env }: Pick<Verified<ManifestPayload>, "env">,
  { devMode }: { readonly devMode: boolean },
): Verified<T> | undefined {
  return devMode && env === "development" ? believe(value) : undefined;
}

const keycertRefusals = {
  malformed: ["malformed", "the keycert is not a keycert"],
  "bad-signature": ["bad-signature", "the keycert is not signed by the root"],
  expired: ["keycert-expired", "the keycert is not valid now"],
} as const;

async function verifyKeycert(
  token: string,
  root: Verified<RootPayload>,
  trusted: TrustedState | undefined,
  nowSeconds: number,
  tokens: TokenVerifier,
): Promise<KeycertClaims> {
  // 5: kid is one of the root's keycert keys; the header decides nothing else.
  const key = keyNamed(headerOf(token, tokenTypes.keycert).kid, root, root.roles.keycert);
  // 5: signature, issuer, audience, required claims, time.
  const checked = await tokens.verifyKeycert(token, key, nowSeconds);
  if (checked.kind !== "claims") {
    const [code, message] = keycertRefusals[checked.kind];
    refuse(code, message);
  }
  const cert = shape(() => parseKeycertClaims(checked.claims));
  if (cert.env !== root.env) refuse("wrong-audience", "the keycert is for another environment");
  if (cert.exp - cert.iat > wireLimits.keycertLifeSeconds)
    refuse("keycert-life", "the keycert lives longer than a keycert may");
  // 5: the epoch only grows.
  if (cert.ep < Math.max(trusted?.ep ?? 0, root.min_ep))
    refuse("epoch", "the keycert is of an epoch that is over");
  // 5: the key in it is the key that it names.
  if ((await tokens.thumbprint(cert.cnf.jwk)) !== cert.sub)
    refuse("key-mismatch", "the keycert names another key than it holds");
  return cert;
}

async function readManifest(
  token: string,
  cert: KeycertClaims,
  tokens: TokenVerifier,
): Promise<{ readonly payload: ManifestPayload; readonly bytes: Uint8Array }> {
  // 6: kid is the keycert's key.
  if (headerOf(token, tokenTypes.manifest).kid !== cert.sub)
    refuse("unknown-key", "the manifest is signed by a key that the keycert does not name");
  const bytes = await tokens.verifyCompact(token, cert.cnf.jwk, tokenTypes.manifest);
  if (bytes === "malformed") return refuse("malformed", "the manifest is not a signed token");
  if (bytes === "bad-signature")
    return refuse("bad-signature", "the manifest's signature is wrong");
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse("malformed", "the manifest is not UTF-8");
  return { payload: shape(() => parseManifest(signedJson(text))), bytes };
}

function checkManifest(manifest: ManifestPayload, cert: KeycertClaims): void {
  // 6: the same environment and epoch as the keycert, within what it allows.
  if (manifest.env !== cert.env)
    refuse("wrong-audience", "the manifest is for another environment");
  if (manifest.ep !== cert.ep) refuse("epoch", "the manifest is of another epoch than its keycert");
  if (manifest.n > cert.nmax) refuse("fast-forward", "the manifest counts further than it may");
  const life = Math.min(cert.life, wireLimits.manifestLifeSeconds);
  if (manifest.exp - manifest.iat > life)
    refuse("manifest-life", "the manifest lives longer than it may");
  // Else a stolen key could date it as late as it liked, and push what counts as now.
  if (manifest.iat > cert.exp)
    refuse("manifest-life", "the manifest was signed after its keycert was over");
  // 6: only actions that the keycert covers.
  const covered = new Set(cert.acts);
  if (!covered.has("*") && manifest.recipes.some(({ act }) => !covered.has(act)))
    refuse("scope", "the manifest names an action that its key may not publish");
}

/** 6: time, then what the client must understand. What is refused for that alone may still stop things. */
function checkTimely(
  manifest: ManifestPayload,
  nowSeconds: number,
  version: string | undefined,
): void {
  const tolerance = wireLimits.clockToleranceSeconds;
  const untimely = (code: TrustCode, message: string): never => {
    throw new UntimelyError(code, message, manifest.kill);
  };
  const early = Math.max(manifest.nbf, manifest.iat - wireLimits.clockSlackSeconds);
  if (nowSeconds + tolerance < early)
    untimely("clock", "the manifest is from the future of this clock");
  if (nowSeconds - tolerance > manifest.exp)
    untimely("manifest-expired", "the manifest is older than it may be");
  const unknown = manifest.must.find((feature) => !knownFeatures.has(feature));
  if (unknown !== undefined)
    untimely(
      "unknown-feature",
      `the manifest needs "${unknown}", which this version does not know`,
    );
  if (version !== undefined && versionCompare(version, manifest.min_client) < 0)
    untimely("client-version", `the manifest is for version ${manifest.min_client} and later`);
}

function checkMonotonic(state: TrustedState, trusted: TrustedState | undefined): void {
  if (trusted === undefined || state.ep > trusted.ep) return;
  // 6: a lower number of the same epoch is a replay, an equal one must be the same bytes.
  if (state.n < trusted.n) refuse("rollback", "the manifest is older than one already believed");
  if (state.n === trusted.n && state.digest !== trusted.digest)
    refuse("equivocation", "two manifests bear one number");
}

async function requireThreshold(
  signed: SignedRoot,
  root: RootPayload,
  role: RootRole,
  tokens: TokenVerifier,
): Promise<void> {
  const counted = new Set<string>();
  for (const signature of signed.signatures) {
    const { kid } = headerOf(`${signature.protected}..`, tokenTypes.root);
    const key = heldBy(root, role, kid);
    // A key is counted by what it is, not by what it is called: one key under two names is one key.
    if (key === undefined || (await tokens.thumbprint(key)) !== kid) continue;
    const checked = await tokens.verifyOneOf(signed.payload, signature, key, tokenTypes.root);
    if (typeof checked !== "string") counted.add(kid);
    if (counted.size >= role.m) return;
  }
  refuse(
    "too-few-signatures",
    `the root bears ${String(counted.size)} valid signatures of ${String(role.m)}`,
  );
}

/**
 * The key by its name, where the root lets it play that role.
 *
 * @throws TrustError `unknown-key`
 */
export function keyNamed(kid: string, root: RootPayload, role: RootRole): PublicJwk {
  return (
    heldBy(root, role, kid) ??
    refuse("unknown-key", "a token is signed by a key that the root does not name")
  );
}

function heldBy(root: RootPayload, role: RootRole, kid: string): PublicJwk | undefined {
  return role.k.includes(kid) && Object.hasOwn(root.keys, kid) ? root.keys[kid] : undefined;
}

function hexOf(base64url: string): string | undefined {
  const bytes = bytesFromBase64url(base64url);
  return bytes === undefined ? undefined : bytesToHex(bytes);
}

/** The one place where the brand is put on. */
function believe<T>(value: T): Verified<T> {
  return value as Verified<T>;
}
