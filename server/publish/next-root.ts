import type { PublicJwk, RootPayload, RootRole } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import { nameOf } from "./jose-signing.ts";
import { rootLifeSeconds, type Signer } from "./keys.ts";

/** What the next root has that the present one has not. */
export interface RootChange {
  /** Names of keys that go, each with the key that comes in its place. */
  readonly replace: ReadonlyMap<string, PublicJwk>;
  /** Manifests of a lower epoch are not believed; `undefined` as before. */
  readonly minEp: number | undefined;
}

/**
 * The root after the present one: a new life, and what is to change.
 *
 * @throws ServerError `keys/unknown-key`, `keys/exist`
 */
export async function nextRoot(
  root: RootPayload,
  { replace, minEp }: RootChange,
  nowMs: number,
): Promise<RootPayload> {
  const keys: Record<string, PublicJwk> = { ...root.keys };
  const renamed = new Map<string, string>();
  for (const [given, key] of replace) {
    const gone = namedBy(root, given);
    const come = await nameOf(key);
    if (Object.hasOwn(keys, come))
      throw new ServerError("keys/exist", `the key ${come} is in the root already: name a new one`);
    Reflect.deleteProperty(keys, gone);
    keys[come] = key;
    renamed.set(gone, come);
  }
  const changed = ({ k, m }: RootRole): RootRole => ({
    k: k.map((name) => renamed.get(name) ?? name),
    m,
  });
  const iat = Math.floor(nowMs / 1_000);
  return {
    ...root,
    version: root.version + 1,
    iat,
    exp: iat + rootLifeSeconds,
    keys,
    roles: {
      root: changed(root.roles.root),
      keycert: changed(root.roles.keycert),
      halt: changed(root.roles.halt),
    },
    min_ep: Math.max(root.min_ep, minEp ?? 0),
  };
}

/**
 * Refuses a root under which what the server serves would be worth nothing: browsers would believe
 * the root, and then neither the manifest nor anything after it.
 *
 * @throws ServerError `keys/orphaned`, saying what to do first
 */
export function refuseOrphans(
  next: RootPayload,
  { keycert, claims }: Pick<Signer, "keycert" | "claims">,
): void {
  const issuer = kidOf(keycert);
  if (!next.roles.keycert.k.includes(issuer))
    throw new ServerError(
      "keys/orphaned",
      `root ${String(next.version)} does not name ${issuer}, the key that signed the keycert in use: first sign another with a key that stays ("mulberry keys renew")`,
    );
  if (claims.ep < next.min_ep)
    throw new ServerError(
      "keys/orphaned",
      `root ${String(next.version)} ends epoch ${String(claims.ep)}, which is in use: first begin epoch ${String(next.min_ep)} ("mulberry keys revoke")`,
    );
}

/** A key's name may be cut short where only one begins that way. */
function namedBy(root: RootPayload, given: string): string {
  const found = Object.keys(root.keys).filter((name) => name.startsWith(given));
  if (found[0] !== undefined && found.length === 1) return found[0];
  throw new ServerError(
    "keys/unknown-key",
    `${given} names ${found.length === 0 ? "none" : "several"} of the root's keys: ${Object.keys(root.keys).join(", ")}`,
  );
}

function kidOf(token: string): string {
  const header: unknown = JSON.parse(
    Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8"),
  );
  return typeof header === "object" && header !== null && "kid" in header ? String(header.kid) : "";
}
