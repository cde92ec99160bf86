import type { PageRequest, StudiesView } from "#core/messages.ts";
import { readView } from "./read-view.ts";
import type { Words } from "./words.ts";

/** What the page needs of the world: the background, a clock, word of changes. */
export interface PageWorld {
  ask(message: PageRequest): Promise<unknown>;
  readonly clock: { nowMs(): number; delay(ms: number): Promise<void> };
  readonly words: Words;
  /** Calls back after something was stored that the page may show. */
  onChanged(tell: () => void): void;
}

export type Answer =
  | { readonly kind: "view"; readonly view: StudiesView }
  | { readonly kind: "failed"; readonly detail: string };

/** Looking is quick; an order waits until the run that may be going on is through. */
const lookLimitMs = 10_000;
const orderLimitMs = 120_000;

/** Asks the background and reads its answer. Whatever goes wrong is an answer, too. */
export async function request(
  message: PageRequest,
  { ask, clock }: Pick<PageWorld, "ask" | "clock">,
): Promise<Answer> {
  const limitMs = message.ask === "studies" ? lookLimitMs : orderLimitMs;
  const late: Answer = { kind: "failed", detail: `no answer within ${limitMs / 1000} seconds` };
  return Promise.race([answered(ask(message)), clock.delay(limitMs).then(() => late)]);
}

async function answered(pending: Promise<unknown>): Promise<Answer> {
  try {
    const view = readView(await pending);
    return view === undefined
      ? { kind: "failed", detail: "an answer that this page cannot read" }
      : { kind: "view", view };
  } catch (error) {
    return { kind: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
