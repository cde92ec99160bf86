import { type HaltPayload, type RootPayload, tokenTypes, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { joined } from "./kill.ts";
import type { Ports } from "./ports.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { headerOf } from "./token.ts";
import { TrustError } from "./trust-error.ts";
import { type FoundHalt, verifyHalt } from "./trust-halt.ts";

/** The halt that holds, if any. */
export interface CurrentHalt {
  /** As it was served; `null` for none. */
  readonly token: string | null;
  /** What it says; `undefined` for none, and for one that is over. */
  readonly halt: HaltPayload | undefined;
  /** Name of the key that signed it. */
  readonly kid?: string;
  /** Two that say different things bear its number: what either stops is stopped. */
  readonly isEquivocal?: true;
}

const none: CurrentHalt = { token: null, halt: undefined };

interface Verifiable extends FoundHalt {
  readonly token: string;
}

interface Asking {
  readonly haltUrl: string;
  readonly root: Verified<RootPayload>;
  /** As it was served last. */
  readonly kept: string | null;
  /** Number of the newest that was believed. */
  readonly hn: number;
  readonly nowSeconds: number;
}

/**
 * The newest halt, from its own origin or as it was kept: clause 3. Whoever holds it back gains nothing,
 * and one that is wrong is as good as none; the log has why.
 */
export async function currentHalt(
  { haltUrl, root, kept, hn, nowSeconds }: Asking,
  ports: Pick<Ports, "network" | "tokens" | "log">,
  watch: Stopwatch,
): Promise<CurrentHalt> {
  const verify = async (token: string): Promise<Verifiable | undefined> => {
    try {
      const found = await watch.time(() => verifyHalt(token, root, hn, nowSeconds, ports.tokens));
      return { token, ...found };
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      ports.log.write("warn", "a halt was not believed", { reason: error.code });
      return undefined;
    }
  };
  const answer = await ports.network.get(haltUrl, { maxBytes: wireLimits.haltBytes });
  const served =
    answer.kind === "answer" && answer.status === 200
      ? decodeUtf8(answer.bytes)?.trim()
      : undefined;
  const found = served === undefined ? undefined : await verify(served);
  const before = kept === null || kept === served ? undefined : await verify(kept);
  if (found === undefined) return before === undefined ? none : currentOf(before);
  if (before === undefined || !isOther(found, before)) return currentOf(found);
  ports.log.write("error", "two halts bear one number", { hn: found.halt.hn });
  return bothOf(before, found);
}

function currentOf({ token, halt, isOver }: Verifiable): CurrentHalt {
  const { kid } = headerOf(token, tokenTypes.halt);
  return { token, halt: isOver ? undefined : halt, kid };
}

/** 3: an equal number must be the same bytes. Their signatures may differ: ES384 draws each anew. */
function isOther(one: Verifiable, other: Verifiable): boolean {
  return one.halt.hn === other.halt.hn && payloadOf(one.token) !== payloadOf(other.token);
}

function payloadOf(token: string): string | undefined {
  return token.split(".")[1];
}

/**
 * The one that came first holds, as of two manifests of one number. But a halt may only ever remove: to refuse
 * the other would let what somebody wants stopped go on.
 */
function bothOf(first: Verifiable, second: Verifiable): CurrentHalt {
  const [one, other] = [currentOf(first), currentOf(second)];
  if (one.halt === undefined || other.halt === undefined)
    return { ...one, halt: one.halt ?? other.halt, isEquivocal: true };
  const kill = joined(one.halt.kill, other.halt.kill);
  const min_ep = Math.max(one.halt.min_ep, other.halt.min_ep);
  return { ...one, halt: { ...one.halt, kill, min_ep }, isEquivocal: true };
}
