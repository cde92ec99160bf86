import { browser } from "./webext.ts";

/** Answers our own pages; what anybody else sends is not looked at. */
export function onRequest(answer: (message: unknown) => Promise<unknown>): void {
  browser.runtime.onMessage.addListener(
    (message: unknown, { id }: { readonly id?: string }, reply: (answer: Reply) => void) => {
      if (id === browser.runtime.id)
        void answer(message).then(
          (value) => {
            reply({ value });
          },
          (error: unknown) => {
            reply({ error: String(error) });
          },
        );
      // Chromium learned to take a promise for an answer late: this says that one will come.
      return true;
    },
  );
}

interface Reply {
  readonly value?: unknown;
  readonly error?: string;
}

/**
 * Asks the background from a page.
 * @throws Error with what the background failed of
 */
export async function ask(message: unknown): Promise<unknown> {
  const reply: Reply = await browser.runtime.sendMessage(message);
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply.value;
}

/** Calls back in a page after the background stored something. */
export function onStored(tell: () => void): void {
  browser.storage.onChanged.addListener(() => {
    tell();
  });
}
