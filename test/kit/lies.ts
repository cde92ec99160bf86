import * as v from "valibot";
import { type Bundle, tokenTypes } from "#recipes/manifest.ts";
import { type SigningKey, token, type TokenLies } from "./authority.ts";

// Bundles that a thief of keys, or who kept old ones, could serve.

/** What there is to lie with. */
export interface Loot {
  readonly online: SigningKey;
  readonly root: SigningKey;
  /** Published before the one that is believed. */
  readonly old: Bundle;
  readonly believed: Bundle;
  /** Published after it, and not seen yet. */
  readonly newer: Bundle;
}

/** What is served, and what the run's report then says. */
export interface Lie {
  readonly called: string;
  readonly runner: string;
  readonly reason: string;
  make(loot: Loot): Promise<unknown>;
}

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
type Claims = Readonly<Record<string, unknown>>;

/** What a token says, believed by nobody. */
export function claimsOf(compact: string): Claims {
  const text = Buffer.from(compact.split(".")[1] ?? "", "base64url").toString("utf8");
  return v.parse(v.record(v.string(), v.unknown()), JSON.parse(text));
}

async function signed(loot: Loot, saying: Claims, lies: TokenLies = {}): Promise<Bundle> {
  const payload = { ...claimsOf(loot.newer.manifest), ...saying };
  return {
    keycert: loot.newer.keycert,
    manifest: await token(payload, tokenTypes.manifest, loot.online, lies),
  };
}

async function vouched({ newer, root }: Loot, saying: Claims): Promise<Bundle> {
  const claims = { ...claimsOf(newer.keycert), ...saying };
  return { ...newer, keycert: await token(claims, tokenTypes.keycert, root) };
}

const refused = (
  reason: string,
  called: string,
  make: Lie["make"],
  runner = "signature_error",
): Lie => ({ called, runner, reason, make });

const over = { iat: now - 8 * day, nbf: now - 9 * day, exp: now - day };
const tomorrow = { iat: now + 2 * day, nbf: now + day, exp: now + 3 * day };
const keycertOver = { iat: now - 36 * day, nbf: now - 38 * day, exp: now - day };

export const lies: readonly Lie[] = [
  refused("wrong-type", "of another type", (loot) =>
    signed(loot, {}, { header: { typ: tokenTypes.keycert } }),
  ),
  refused("wrong-type", "of keycert and manifest swapped", ({ newer }) =>
    Promise.resolve({ keycert: newer.manifest, manifest: newer.keycert }),
  ),
  refused("malformed", "with a header more", (loot) =>
    signed(loot, {}, { header: { jku: "http://127.0.0.1:1/" } }),
  ),
  refused("malformed", "under `alg: none`", (loot) =>
    signed(loot, {}, { header: { alg: "none" } }),
  ),
  refused("malformed", "without a signature", ({ newer }) =>
    Promise.resolve({ ...newer, manifest: newer.manifest.replace(/[^.]+$/u, "") }),
  ),
  refused("malformed", "in a list", ({ newer }) => Promise.resolve([newer])),
  refused("malformed", "with recipes of another shape", (loot) =>
    signed(loot, { recipes: [{ id: "10" }] }),
  ),
  refused("unknown-key", "signed by a root key", (loot) =>
    signed(loot, {}, { signedBy: loot.root }),
  ),
  refused("bad-signature", "signed by another key under the right name", (loot) =>
    signed(loot, {}, { signedBy: loot.root, header: { kid: loot.online.kid } }),
  ),
  refused("rollback", "older than what is believed", ({ old }) => Promise.resolve(old)),
  refused("equivocation", "under the number of what is believed", (loot) =>
    signed(loot, { n: claimsOf(loot.believed.manifest)["n"] }),
  ),
  refused("fast-forward", "that counts too far", (loot) => signed(loot, { n: 1_000_001 })),
  refused("manifest-life", "that would live too long", (loot) =>
    signed(loot, { exp: now + 15 * day }),
  ),
  refused("wrong-audience", "for another environment", (loot) =>
    signed(loot, { env: "production" }),
  ),
  refused("epoch", "of another epoch", (loot) => signed(loot, { ep: 2 })),
  refused("manifest-expired", "that is over", (loot) => signed(loot, over), "sync_error"),
  refused("clock", "from the future", (loot) => signed(loot, tomorrow), "custom_1_error"),
  refused(
    "unknown-feature",
    "that needs what nobody knows",
    (loot) => signed(loot, { must: ["mass-ok", "telepathy"] }),
    "backoff",
  ),
  refused(
    "keycert-expired",
    "whose keycert is over",
    (loot) => vouched(loot, keycertOver),
    "certificate_error",
  ),
  refused("keycert-life", "whose keycert lives too long", (loot) =>
    vouched(loot, { exp: now + 60 * day }),
  ),
  refused("malformed", "whose keycert is for somebody else", (loot) =>
    vouched(loot, { aud: "another-client" }),
  ),
];
