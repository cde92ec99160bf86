import type { Signer } from "./keys.ts";
import type { LegacyCertificate } from "./legacy-keys.ts";
import type { StoredPublication } from "../store/ports.ts";
import { payloadOf } from "./stored.ts";

/** Below this share of its life, a credential is due for renewal. */
const renewBelow = 0.4;

/** One thing that expires, and how much of its life is left. */
export interface Credential {
  readonly name: string;
  /** What it is signed by or known as. */
  readonly id: string;
  /** ISO 8601. */
  readonly issued: string;
  /** ISO 8601. */
  readonly expires: string;
  /** From 1, just made, down to 0, over. */
  readonly lifeLeft: number;
  readonly state: "good" | "renew" | "expired";
}

/**
 * Every credential that clients depend on: root, keycert and, once there is one, the manifest.
 *
 * @param legacy - the certificates that Normandy's own clients verify, where there are any
 */
export function listCredentials(
  signer: Signer,
  publication: StoredPublication | undefined,
  nowMs: number,
  legacy: readonly LegacyCertificate[] = [],
): readonly Credential[] {
  const { rootPayload, claims } = signer;
  const manifest = publication && payloadOf(publication);
  return [
    credential(
      `root ${String(rootPayload.version)}`,
      rootPayload.roles.root.k.join(" "),
      rootPayload,
      nowMs,
    ),
    credential("keycert", claims.sub, claims, nowMs),
    ...(manifest === undefined
      ? []
      : [credential("manifest", `${String(manifest.ep)}.${String(manifest.n)}`, manifest, nowMs)]),
    ...legacy.map((one) => credential(one.name, one.id, one, nowMs)),
  ];
}

function credential(
  name: string,
  id: string,
  { iat, exp }: { readonly iat: number; readonly exp: number },
  nowMs: number,
): Credential {
  const left = (exp * 1_000 - nowMs) / ((exp - iat) * 1_000);
  const lifeLeft = Math.min(1, Math.max(0, left));
  return {
    name,
    id,
    issued: new Date(iat * 1_000).toISOString(),
    expires: new Date(exp * 1_000).toISOString(),
    lifeLeft,
    state: lifeLeft === 0 ? "expired" : lifeLeft < renewBelow ? "renew" : "good",
  };
}
