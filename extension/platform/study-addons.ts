import { browser } from "./webext.ts";

/** How long an add-on that is told of its study's end may keep its removal waiting, in milliseconds. */
const patienceMs = 5_000;

/**
 * Answers other add-ons; who asks is what the browser says, not what the message says. Must be called
 * while the background script starts.
 *
 * @param answer - `undefined` for whoever is to hear nothing
 */
export function onAddonRequest(
  answer: (addonId: string, message: unknown) => Promise<{ readonly answer: unknown } | undefined>,
): void {
  browser.runtime.onMessageExternal.addListener(
    (message: unknown, sender: { readonly id?: string }) =>
      sender.id === undefined ? undefined : answer(sender.id, message),
  );
}

/**
 * Tells an add-on something and waits until it has dealt with it, or until it has had its time.
 *
 * @returns whether it answered; an add-on that does not listen is no failure
 */
export async function tellAddon(addonId: string, notice: object): Promise<boolean> {
  const heard = browser.runtime.sendMessage(addonId, notice).then(
    () => true,
    () => false,
  );
  const late = new Promise<false>((resolve) => {
    setTimeout(() => {
      resolve(false);
    }, patienceMs);
  });
  return Promise.race([heard, late]);
}
