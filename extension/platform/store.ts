import type { Store } from "#core/ports.ts";
import { browser } from "./webext.ts";

/** The extension's own storage. One `set` is one transaction of the browser's. */
export const store: Store = {
  async get(key) {
    const found: Readonly<Record<string, unknown>> = await browser.storage.local.get(key);
    return found[key];
  },
  set: (values) => browser.storage.local.set({ ...values }),
  remove: (keys) => browser.storage.local.remove([...keys]),
};
