// The signed wire: root, keycert and manifest as data. Field meanings and limits: docs/wire.md.

/** A public P-384 key in exactly the four members that a thumbprint is made of. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-384";
  readonly x: string;
  readonly y: string;
}

/** The `typ` header of each signed thing; a token with another one is never looked into. */
export const tokenTypes = {
  root: "mulberry-root+jws",
  keycert: "mulberry-keycert+jwt",
  manifest: "mulberry-manifest+jws",
  halt: "mulberry-halt+jws",
} as const;

export const keycertIssuer = "mulberry-root";
export const keycertAudience = "mulberry-client";

/** Hard limits of the wire, in bytes, counts and seconds. What is over is refused before it is parsed. */
export const wireLimits = {
  rootBytes: 64 * 1024,
  bundleBytes: 1024 * 1024,
  bodyBytes: 256 * 1024,
  bodiesBytes: 8 * 1024 * 1024,
  recipes: 2_000,
  jsonDepth: 16,
  haltBytes: 64 * 1024,
  haltLifeSeconds: 2 * 365 * 86_400,
  keycertLifeSeconds: 35 * 86_400,
  manifestLifeSeconds: 14 * 86_400,
  clockToleranceSeconds: 300,
  /** How far the clock of a client may be behind. */
  clockSlackSeconds: 2 * 86_400,
} as const;

/** A JWS in General serialisation: one payload, one signature per root key. */
export interface SignedRoot {
  readonly payload: string;
  readonly signatures: readonly { readonly protected: string; readonly signature: string }[];
}

/** Who may sign what. Keys are named by their RFC 7638 SHA-256 thumbprint. Times are seconds since 1970. */
export interface RootPayload {
  readonly v: 1;
  readonly env: string;
  readonly version: number;
  readonly iat: number;
  readonly exp: number;
  readonly keys: Readonly<Record<string, PublicJwk>>;
  readonly roles: {
    readonly root: RootRole;
    readonly keycert: RootRole;
    readonly halt: RootRole;
  };
  readonly min_ep: number;
  readonly min_client: string;
}

/** `m` distinct keys of `k` must sign. */
export interface RootRole {
  readonly k: readonly string[];
  readonly m: number;
}

/** What the root lets one online key sign, for how long, and how far its manifests may count. */
export interface KeycertClaims {
  readonly iss: typeof keycertIssuer;
  readonly aud: typeof keycertAudience;
  /** Thumbprint of the online key in `cnf`. */
  readonly sub: string;
  readonly jti: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly env: string;
  readonly use: "manifest";
  /** Epoch: a higher one starts the count of manifests anew. */
  readonly ep: number;
  /** Highest manifest number this key may sign. */
  readonly nmax: number;
  /** Longest life of a manifest, in seconds. */
  readonly life: number;
  /** Actions that this key may publish; `*` (development roots only) means any. */
  readonly acts: readonly string[];
  readonly cnf: { readonly jwk: PublicJwk };
}

/** One recipe of the set: its identity and the exact bytes that say the rest. */
export interface ManifestEntry {
  readonly id: number;
  readonly slug: string;
  readonly rev: string;
  /** The action's canonical name where it is one of ours, else as written. */
  readonly act: string;
  /** SHA-256 of the body's bytes, base64url without padding. */
  readonly sha256: string;
  /** Exact length of the body in bytes. */
  readonly len: number;
  /** When this revision was made, in seconds since 1970; `normandy.recipe_freshness` reports it. */
  readonly mod: number;
}

/** What every client is to drop at once, whatever the recipes say. */
export interface KillList {
  readonly all: boolean;
  readonly ids: readonly number[];
  readonly slugs: readonly string[];
  readonly prefs: readonly string[];
  readonly addons: readonly string[];
}

/** What `GET /v2/halt.jws` signs: a second way to stop things, from another origin and by another key. It can only remove. */
export interface HaltPayload {
  readonly v: 1;
  readonly env: string;
  /** Counts halts of one environment; a client never goes back. */
  readonly hn: number;
  readonly iat: number;
  readonly exp: number;
  /** Manifests of a lower epoch are not believed any more. */
  readonly min_ep: number;
  readonly kill: KillList;
}

/** The whole set of live recipes at one moment. Ids ascend strictly. */
export interface ManifestPayload {
  readonly v: 1;
  readonly env: string;
  readonly ep: number;
  readonly n: number;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** SHA-256 (base64url) of the previous manifest's payload bytes; `""` for the first. */
  readonly prev: string;
  /** Features that a client must know to act on this manifest; `mass-ok` releases the mass-change brake. */
  readonly must: readonly string[];
  readonly recipes: readonly ManifestEntry[];
  readonly kill: KillList;
  readonly min_client: string;
  /** Seconds until a client should ask again. */
  readonly poll: number;
}

/** What `GET /v2/bundle.json` answers. */
export interface Bundle {
  readonly keycert: string;
  readonly manifest: string;
}
