import type { HaltPayload } from "#recipes/manifest.ts";
import type { Signer } from "./keys.ts";
import type { LegacyCertificate } from "./legacy-keys.ts";
import type { StoredPublication } from "../store/ports.ts";
import { targetsOf } from "./kill-list.ts";
import { haltOf, payloadOf } from "./stored.ts";

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

/** What there is beside the keys, where there is any. */
export interface Signed {
  readonly publication?: StoredPublication | undefined;
  /** The halt that is served. */
  readonly halt?: string | undefined;
  /** The certificates that Normandy's own clients verify. */
  readonly legacy?: readonly LegacyCertificate[] | undefined;
}

/** Everything that expires and that clients depend on. */
export function listCredentials(
  { rootPayload, claims }: Pick<Signer, "rootPayload" | "claims">,
  { publication, halt, legacy = [] }: Signed,
  nowMs: number,
): readonly Credential[] {
  const manifest = publication && payloadOf(publication);
  const stop = halt === undefined ? undefined : haltOf(halt);
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
    ...(stop === undefined || stopsNothing(stop)
      ? []
      : [credential("halt", String(stop.hn), stop, nowMs)]),
    ...legacy.map((one) => credential(one.name, one.id, one, nowMs)),
  ];
}

/** One that only lifts an earlier one may run out. */
function stopsNothing({ kill, min_ep }: HaltPayload): boolean {
  return min_ep === 0 && targetsOf(kill).length === 0;
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
