import { type HaltPayload, type RootPayload, tokenTypes, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import type { Ports } from "./ports.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { headerOf } from "./token.ts";
import { TrustError } from "./trust-error.ts";
import { verifyHalt } from "./trust-halt.ts";

/** The halt that holds, if any. */
export interface CurrentHalt {
  /** As it was served; `null` for none. */
  readonly token: string | null;
  readonly halt: HaltPayload | undefined;
  /** Name of the key that signed it. */
  readonly kid?: string;
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
  const verify = async (token: string): Promise<CurrentHalt | undefined> => {
    try {
      const halt = await watch.time(() => verifyHalt(token, root, hn, nowSeconds, ports.tokens));
      return { token, halt, kid: headerOf(token, tokenTypes.halt).kid };
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      ports.log.write("warn", "a halt was not believed", { reason: error.code });
      return undefined;
    }
  };
  const answer = await ports.network.get(haltUrl, { maxBytes: wireLimits.haltBytes });
  const served =
    answer.kind === "answer" && answer.status === 200 ? decodeUtf8(answer.bytes) : undefined;
  const found = served === undefined ? undefined : await verify(served.trim());
  return (
    found ?? (kept === null ? undefined : await verify(kept)) ?? { token: null, halt: undefined }
  );
}
