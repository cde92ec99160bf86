import type { PageRequest } from "#core/messages.ts";
import type { Words } from "./words.ts";

/** What the page needs of the world: the background, a clock, word of changes. */
export interface PageWorld {
  ask(message: PageRequest): Promise<unknown>;
  readonly clock: { nowMs(): number; delay(ms: number): Promise<void> };
  readonly words: Words;
  /** Calls back after something was stored that the page may show. */
  onChanged(tell: () => void): void;
}

export type Answer<V> =
  | { readonly kind: "view"; readonly view: V }
  | { readonly kind: "failed"; readonly detail: string };

/** A background that did not answer is asked again this soon. */
export const askAgainMs = 10_000;

/** Looking is quick; an order waits until the run that may be going on is through. */
const lookLimitMs = 10_000;
const orderLimitMs = 120_000;

/**
 * Asks the background and reads its answer. Whatever goes wrong is an answer, too.
 *
 * @param read - makes a view of what was answered, `undefined` of what is none
 */
export async function request<V>(
  message: PageRequest,
  { ask, clock }: Pick<PageWorld, "ask" | "clock">,
  read: (answer: unknown) => V | undefined,
): Promise<Answer<V>> {
  const isLook = message.ask === "studies" || message.ask === "telemetry";
  const limitMs = isLook ? lookLimitMs : orderLimitMs;
  const late: Answer<V> = { kind: "failed", detail: `no answer within ${limitMs / 1000} seconds` };
  return Promise.race([answered(ask(message), read), clock.delay(limitMs).then(() => late)]);
}

async function answered<V>(
  pending: Promise<unknown>,
  read: (answer: unknown) => V | undefined,
): Promise<Answer<V>> {
  try {
    const view = read(await pending);
    return view === undefined
      ? { kind: "failed", detail: "an answer that this page cannot read" }
      : { kind: "view", view };
  } catch (error) {
    return { kind: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
