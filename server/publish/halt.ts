import { verifyHalt } from "#core/trust-halt.ts";
import { TrustError } from "#core/trust-error.ts";
import {
  type HaltPayload,
  type KillList,
  type RootPayload,
  wireLimits,
} from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { ServerError } from "../errors.ts";
import type { PublicFiles } from "../store/public-files.ts";
import { type PrivateJwk, signHalt } from "./jose-signing.ts";
import { joseTokens } from "./jose-verifying.ts";
import { haltOf } from "./stored.ts";

/** What a person wants a halt to say. */
export interface HaltWish {
  readonly kill: KillList;
  /** Manifests of a lower epoch are not believed; `undefined`: as the halt before has it. */
  readonly minEp: number | undefined;
  /** Its number; `undefined`: the one after the halt before. */
  readonly hn: number | undefined;
  readonly days: number;
}

/**
 * Makes a halt and holds it against the client's rules. It replaces the one before whole: what that
 * one stopped and this one does not name goes on.
 *
 * @param before - the halt that is served; `undefined` where there is none
 * @throws ServerError `halt/unverifiable`, `halt/not-newer`
 */
export async function makeHalt(
  wish: HaltWish,
  root: Verified<RootPayload>,
  before: HaltPayload | undefined,
  key: PrivateJwk,
  nowMs: number,
): Promise<string> {
  const iat = Math.floor(nowMs / 1_000);
  const payload: HaltPayload = {
    v: 1,
    env: root.env,
    hn: wish.hn ?? (before?.hn ?? 0) + 1,
    iat,
    exp: iat + wish.days * 86_400,
    // An epoch that was declared over stays over.
    min_ep: Math.max(before?.min_ep ?? 0, wish.minEp ?? 0),
    kill: wish.kill,
  };
  const token = await signHalt(JSON.stringify(payload), key);
  await checkHalt(token, root, before, nowMs);
  return token;
}

/**
 * Puts a halt where it is served, after the client's own rules believed it.
 *
 * @throws ServerError `halt/unverifiable`, `halt/not-newer`
 */
export async function placeHalt(
  token: string,
  files: PublicFiles,
  root: Verified<RootPayload>,
  nowMs: number,
): Promise<HaltPayload> {
  const served = await files.halt();
  const halt = await checkHalt(
    token,
    root,
    served === undefined ? undefined : haltOf(served),
    nowMs,
  );
  await files.writeHalt(`${token.trim()}\n`);
  return halt;
}

/**
 * Whether a client that believes this root believes this halt.
 *
 * @throws ServerError `halt/unverifiable`
 */
export async function believedHalt(
  token: string,
  root: Verified<RootPayload>,
  nowMs: number,
): Promise<HaltPayload | undefined> {
  try {
    const nowSeconds = Math.floor(nowMs / 1_000);
    const { halt, isOver } = await verifyHalt(token.trim(), root, 0, nowSeconds, joseTokens);
    return isOver ? undefined : halt;
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ServerError(
      "halt/unverifiable",
      `a client would refuse this halt (${cause.code}: ${cause.message})`,
      { cause },
    );
  }
}

async function checkHalt(
  token: string,
  root: Verified<RootPayload>,
  before: HaltPayload | undefined,
  nowMs: number,
): Promise<HaltPayload> {
  if (Buffer.byteLength(token) > wireLimits.haltBytes)
    throw new ServerError("halt/unverifiable", "the halt is larger than a client accepts");
  const halt = await believedHalt(token, root, nowMs);
  if (halt === undefined)
    throw new ServerError("halt/unverifiable", "the halt is over: it would stop nothing");
  if (before !== undefined && halt.hn <= before.hn)
    throw new ServerError(
      "halt/not-newer",
      `halt ${String(halt.hn)} comes after halt ${String(before.hn)}, which is served: sign one with --hn ${String(before.hn + 1)}`,
    );
  const ended = before?.min_ep ?? 0;
  if (halt.min_ep < ended && root.min_ep < ended)
    throw new ServerError(
      "halt/not-newer",
      `epoch ${String(ended - 1)} would be believed again, which the halt that is served ended: sign this one with --min-ep ${String(ended)}`,
    );
  return halt;
}
